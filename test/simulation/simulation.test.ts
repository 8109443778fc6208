import { describe, expect, inject, it } from "vitest"
import { live } from "./life.ts"

describe("simulated lives", () => {
  it("end well, whatever the bank does and wherever processes die", () => {
    const first = inject("seed")
    for (let seed = first; seed < first + 300; seed += 1) {
      const { wrong } = live(seed)
      expect(wrong, `npm run simulate -- --seed ${seed} --runs 1`).toEqual([])
    }
  })

  it("are the same for the same seed", () => {
    expect(live(7)).toEqual(live(7))
  })

  it("are not idle: processes die, checkouts are made and given back", () => {
    let [deaths, checkouts, refunds] = [0, 0, 0]
    for (let seed = 1; seed <= 40; seed += 1) {
      const life = live(seed)
      deaths += life.deaths
      checkouts += life.checkouts
      refunds += life.refunds
    }
    expect(deaths).toBeGreaterThan(3)
    expect(checkouts).toBeGreaterThan(40)
    expect(refunds).toBeGreaterThan(3)
  })
})
