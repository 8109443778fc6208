import { describe, expect, inject, it } from "vitest"
import { live, usualShares } from "./life.ts"

const lasting = { ...usualShares, lasting: 1 }
const standing = { ...usualShares, standing: 1 }

describe("simulated lives", () => {
  it("end well, whatever the bank does and wherever processes die", () => {
    const first = inject("seed")
    for (let seed = first; seed < first + 300; seed += 1) {
      const { wrong } = live(seed)
      expect(wrong, `npm run simulate -- --seed ${seed} --runs 1`).toEqual([])
    }
  })

  it("end well, however long the bank was out of order and whatever a person decided meanwhile", () => {
    const first = inject("seed")
    for (let seed = first; seed < first + 100; seed += 1) {
      const { wrong } = live(seed, {}, lasting)
      expect(wrong, `npm run simulate -- --seed ${seed} --runs 1 --lasting 100`).toEqual([])
    }
  })

  it("end well, however often workers stand still with an answer that is not on record", () => {
    const first = inject("seed")
    for (let seed = first; seed < first + 100; seed += 1) {
      const { wrong } = live(seed, {}, standing)
      expect(wrong, `npm run simulate -- --seed ${seed} --runs 1 --standing 100`).toEqual([])
    }
  })

  it("are the same for the same seed", () => {
    expect(live(7)).toEqual(live(7))
    expect(live(7, {}, lasting)).toEqual(live(7, {}, lasting))
    expect(live(7, {}, standing)).toEqual(live(7, {}, standing))
  })

  it("are not idle: processes die, checkouts are made, answered for and given back", () => {
    let [deaths, checkouts, refunds, told] = [0, 0, 0, 0]
    for (let seed = 1; seed <= 40; seed += 1) {
      const life = live(seed)
      deaths += life.deaths
      checkouts += life.checkouts
      refunds += life.refunds
      told += life.told
    }
    expect(deaths).toBeGreaterThan(3)
    expect(checkouts).toBeGreaterThan(40)
    expect(refunds).toBeGreaterThan(3)
    expect(told).toBeGreaterThan(60)
  })

  it("are not idle where faults last: a person has something to decide", () => {
    let decisions = 0
    for (let seed = 1; seed <= 40; seed += 1) decisions += live(seed, {}, lasting).decisions
    expect(decisions).toBeGreaterThan(3)
  })
})
