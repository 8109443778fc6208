import type { FormEvent } from "react"
import { stateNames } from "../../../machines/index.ts"
import { go } from "../parts/router.tsx"
import { type Filters, fromLocal, queryOf, toLocal } from "./filters.ts"

/** The form says where to go, and the place is what is searched. */
export const FilterForm = ({ filters }: { readonly filters: Filters }) => {
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const value = (name: string) => String(form.get(name) ?? "").trim()
    go(
      `checkouts${queryOf({
        state: value("state"),
        from: fromLocal(value("from")),
        to: fromLocal(value("to")),
        min: value("min"),
        max: value("max"),
      })}`,
      { find: value("q") },
    )
  }
  // What is chosen and not typed counts at once.
  const submitNow = (event: { currentTarget: HTMLSelectElement }) => event.currentTarget.form?.requestSubmit()

  return (
    <search>
      <form className="filters panel" onSubmit={submit} key={queryOf(filters)}>
        <div className="field wide">
          <label htmlFor="q">Find</label>
          <input
            id="q"
            name="q"
            type="search"
            defaultValue={filters.q}
            maxLength={200}
            placeholder="Order id, payToken, reference, payer or toss user key"
            spellCheck={false}
          />
        </div>
        <div className="field">
          <label htmlFor="state">State</label>
          <select id="state" name="state" defaultValue={filters.state ?? ""} onChange={submitNow}>
            <option value="">any</option>
            {stateNames.map((state) => (
              <option key={state}>{state}</option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="from">Opened from</label>
          <input id="from" name="from" type="datetime-local" defaultValue={toLocal(filters.from)} />
        </div>
        <div className="field">
          <label htmlFor="to">before</label>
          <input id="to" name="to" type="datetime-local" defaultValue={toLocal(filters.to)} />
        </div>
        <div className="field narrow">
          <label htmlFor="min">Won from</label>
          <input id="min" name="min" type="number" min={0} max={9_999_999} defaultValue={filters.min} />
        </div>
        <div className="field narrow">
          <label htmlFor="max">to</label>
          <input id="max" name="max" type="number" min={0} max={9_999_999} defaultValue={filters.max} />
        </div>
        <div className="field buttons">
          <button type="submit" className="primary">
            Search
          </button>
          <button type="button" onClick={() => go("checkouts")}>
            Clear
          </button>
        </div>
      </form>
    </search>
  )
}
