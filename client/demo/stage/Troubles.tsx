import { useEffect, useRef, useState } from "react"
import type { Language } from "../../index.ts"
import { chosenTrouble, groups, keepTrouble, type Trouble, type TroubleName, troubles } from "../trouble.ts"
import { words } from "./words.ts"

interface Props {
  readonly simulatorUrl: string
  /** The order that is being paid. */
  readonly orderId: string | null
  readonly language: Language
}

/** Chooses what goes wrong with the next payment, and with every one after it until something else is chosen. */
export const Troubles = ({ simulatorUrl, orderId, language }: Props) => {
  const { chosen, choose } = useTrouble(simulatorUrl, orderId)
  const own = words[language]
  return (
    <form className="choices">
      {Object.entries(groups).map(([group, names]) => (
        <fieldset key={group}>
          <legend>{own.groups[group as keyof typeof groups]}</legend>
          {names.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="trouble"
                value={name}
                checked={name === chosen}
                onChange={() => choose(name)}
              />
              <span>
                <strong>{own.troubles[name][0]}</strong>
                <small>{own.troubles[name][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
    </form>
  )
}

const useTrouble = (simulatorUrl: string, orderId: string | null) => {
  const [chosen, setChosen] = useState(chosenTrouble)
  // One after the other: whatever was chosen last is what the simulator ends with.
  const arming = useRef(Promise.resolve())
  const then = (work: () => Promise<unknown>) => {
    arming.current = arming.current.then(work).then(
      () => {},
      () => {},
    )
  }
  const faults = faultsOf(simulatorUrl)

  // A fault is used up by the order that met it; the next order meets it anew.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another order, and nothing else, is the reason
  useEffect(() => {
    if (orderId === null || chosen === "none") return
    then(async () => {
      if (await faults.areUsedUp()) await faults.add(troubles[chosen].faults)
    })
  }, [orderId])

  const choose = (name: TroubleName) => {
    keepTrouble(name)
    setChosen(name)
    then(async () => {
      await faults.clear()
      await faults.add(troubles[name].faults)
    })
  }
  return { chosen, choose }
}

/** The simulator's switches. */
const faultsOf = (simulatorUrl: string) => {
  const address = `${simulatorUrl}/simulator/faults`
  return {
    areUsedUp: async () => (await (await fetch(address)).json()).faults.length === 0,
    clear: () => fetch(address, { method: "DELETE" }),
    add: async (faults: Trouble["faults"]) => {
      for (const fault of faults) {
        await fetch(address, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(fault),
        })
      }
    },
  }
}
