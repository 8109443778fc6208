/**
 * Plays the Toss app's half of the bridge, so that the real SDK runs in a browser. It does what the app's host does,
 * its oddities included: answers come later and through JSON, and an unknown method gets no answer at all.
 * In a real Toss app there is a host already, and this one keeps out of the way.
 */

import { demoConfig } from "../config.ts"
import { openSheet } from "./sheet.ts"

interface Message {
  readonly functionName: string
  readonly eventId: string
  readonly args: ReadonlyArray<unknown>
}

interface Emitter {
  emit(event: string, value: unknown): void
}

type Handler = (...args: ReadonlyArray<never>) => Promise<unknown>

const handlers: Readonly<Record<string, Handler>> = {
  checkoutPayment: async (options: { params: { payToken: string } }) => {
    const { simulatorUrl } = await demoConfig
    if (simulatorUrl === null) throw new Error("There is no payment sheet outside the Toss app")
    return openSheet(simulatorUrl, options.params.payToken)
  },
  appLogin: async () => ({ authorizationCode: "demo", referrer: "SANDBOX" }),
  getServerTime: async () => Date.now(),
  closeView: async () => null,
  eventLog: async () => null,
  getStorageItem: async (key: string) => localStorage.getItem(key),
  setStorageItem: async (key: string, value: string) => localStorage.setItem(key, value),
  removeStorageItem: async (key: string) => localStorage.removeItem(key),
  clearItems: async () => localStorage.clear(),
}

const constants = {
  getOperationalEnvironment: "sandbox",
  getPlatformOS: "ios",
  getTossAppVersion: "5.261.0",
  getLocale: "ko-KR",
  getSchemeUri: "intoss-private://demo",
  getDeviceId: "demo-device",
  getGroupId: "demo-group",
  getDeploymentId: "local",
  getWebViewType: "partner",
  getAppName: "demo",
  getSafeAreaInsets: { top: 0, bottom: 0, left: 0, right: 0 },
}

/** The SDK makes its emitter anew whenever it is loaded, so it is looked up at the moment of answering. */
const answer = ({ functionName, eventId }: Message, kind: "resolve" | "reject", value: unknown) => {
  const emitter = (window as unknown as { __GRANITE_NATIVE_EMITTER: Emitter }).__GRANITE_NATIVE_EMITTER
  emitter.emit(`${functionName}/${kind}/${eventId}`, throughJson(value))
}

/** The real host writes values into a script, so nothing survives that JSON does not carry. */
const throughJson = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

const hostError = (error: unknown): unknown =>
  error instanceof Error
    ? { ...error, name: error.name, message: error.message, stack: error.stack, __isError: true }
    : error

const readMessage = (text: string): Message | null => {
  try {
    const message = JSON.parse(text)
    const isMethod =
      message?.type === "method" &&
      typeof message.functionName === "string" &&
      typeof message.eventId === "string"
    return isMethod ? { ...message, args: message.args ?? [] } : null
  } catch (error) {
    console.error(error)
    return null
  }
}

const postMessage = (text: string): void => {
  const message = readMessage(text)
  if (message === null) return
  const handler = handlers[message.functionName]
  if (handler === undefined) {
    console.error(`${message.functionName} is not a method of this host`)
    return
  }
  Promise.resolve()
    .then(() => handler(...(message.args as ReadonlyArray<never>)))
    .then(
      (value) => answer(message, "resolve", value),
      (error) => answer(message, "reject", hostError(error)),
    )
}

if (!("ReactNativeWebView" in window)) {
  Object.assign(window, { __CONSTANT_HANDLER_MAP: constants, ReactNativeWebView: { postMessage } })
}
