/**
 * The Toss app's half of the bridge, played word by word: the test says what the sheet answers, how often and whether at all.
 * The other half in the page is the real SDK. See the recipe in the reference of the bridge.
 */

import type { BrowserContext } from "playwright-core"

/** One answer of the host. Without a `value` it answers with none; a native error carries `__isError`. */
export interface HostAnswer {
  readonly kind: "resolve" | "reject"
  readonly value?: unknown
}

/** What the sheet does once it is opened with these arguments, and what the host answers, in this order. */
export type PlaySheet = (args: unknown) => Promise<ReadonlyArray<HostAnswer>>

export const yes: HostAnswer = { kind: "resolve", value: { success: true } }
export const closed: HostAnswer = { kind: "resolve", value: { success: false, reason: "사용자가 닫았어요." } }

export const playHost = async (context: BrowserContext, playSheet: PlaySheet): Promise<void> => {
  await context.exposeFunction("playSheet", playSheet)
  await context.addInitScript(installHost)
}

/** Runs in the page, before anything of the app. */
const installHost = () => {
  const host = window as unknown as {
    playSheet: PlaySheet
    __GRANITE_NATIVE_EMITTER: { emit(event: string, value?: unknown): void }
  }
  const methods: Record<string, (args: ReadonlyArray<string>) => Promise<ReadonlyArray<HostAnswer>>> = {
    checkoutPayment: (args) => host.playSheet(args),
    getStorageItem: async ([key]) => [{ kind: "resolve", value: localStorage.getItem(`native ${key}`) }],
    setStorageItem: async ([key, value]) => {
      localStorage.setItem(`native ${key}`, String(value))
      return [{ kind: "resolve" }]
    },
  }
  Object.assign(window, {
    __CONSTANT_HANDLER_MAP: {
      getOperationalEnvironment: "sandbox",
      getPlatformOS: "ios",
      getTossAppVersion: "5.261.0",
      getLocale: "ko-KR",
      getAppName: "coffee",
      getDeploymentId: "local",
    },
    ReactNativeWebView: {
      postMessage: async (text: string) => {
        const { type, functionName, eventId, args } = JSON.parse(text)
        // Like the real host: what it does not know gets no answer at all.
        if (type !== "method" || methods[functionName] === undefined) return
        for (const answer of await methods[functionName](args)) {
          const event = `${functionName}/${answer.kind}/${eventId}`
          const emitter = host.__GRANITE_NATIVE_EMITTER
          if ("value" in answer) emitter.emit(event, answer.value)
          else emitter.emit(event)
        }
      },
    },
  })
}
