import { createBrowserInspector, createWebSocketInspector } from "@statelyai/inspect"
import { type FormEvent, useEffect, useRef, useState } from "react"
import type { Language } from "../../index.ts"
import type { Inspection, Viewer } from "./inspection.ts"
import { words } from "./words.ts"

interface Props {
  readonly inspection: Inspection
  readonly language: Language
}

/** Shows the same machine in the Stately inspector: in a window of its own, or through a WebSocket. */
export const Inspectors = ({ inspection, language }: Props) => {
  const own = words[language]
  const stately = useConnection(inspection)
  const socket = useConnection(inspection)
  const connect = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const url = String(new FormData(event.currentTarget).get("url"))
    socket.toggle(() => createWebSocketInspector({ url }))
  }
  return (
    <details className="inspectors">
      <summary>{own.inspectors}</summary>
      <p>
        <button
          type="button"
          aria-pressed={stately.isOn}
          onClick={() => stately.toggle(createBrowserInspector)}
        >
          {own.openStately}
        </button>
      </p>
      <form onSubmit={connect}>
        <label>
          WebSocket{" "}
          <input name="url" type="url" required pattern="wss?://.+" defaultValue="ws://localhost:8080" />
        </label>
        <button type="submit" aria-pressed={socket.isOn}>
          {socket.isOn ? own.disconnect : own.connect}
        </button>
      </form>
      <p className="muted">{own.noSecrets}</p>
    </details>
  )
}

interface Inspector {
  readonly adapter: Viewer
  readonly stop: () => void
}

/** An inspector that is there from one tap to the next. */
const useConnection = (inspection: Inspection) => {
  const [isOn, setIsOn] = useState(false)
  const end = useRef(() => {})
  useEffect(() => () => end.current(), [])
  const toggle = (make: () => Inspector) => {
    end.current()
    end.current = () => {}
    setIsOn(!isOn)
    if (isOn) return
    const inspector = make()
    const disconnect = inspection.connect(inspector.adapter)
    end.current = () => {
      disconnect()
      inspector.stop()
    }
  }
  return { isOn, toggle }
}
