/**
 * Plays the Toss app's half of the bridge, so that the real SDK runs in a browser. It does what the app's host does,
 * its oddities included: answers come later and through JSON, and an unknown method gets no answer at all.
 * In a real Toss app there is a host already, and this one keeps out of the way; where no simulator runs along there
 * is no sheet to open, and it takes itself away.
 */

import { readDemoConfig } from "../config.ts"
import { nativeError } from "./nativeError.ts"
import { openSheet } from "./sheet.ts"

interface Message {
  readonly functionName: string
  readonly eventId: string
  readonly args: ReadonlyArray<unknown>
}

interface HostWindow {
  ReactNativeWebView?: { postMessage(text: string): void }
  __CONSTANT_HANDLER_MAP?: Readonly<Record<string, unknown>>
  /** Made by the SDK, and made anew whenever it is loaded. */
  __GRANITE_NATIVE_EMITTER?: { emit(event: string, value: unknown): void }
}

type Handler = (...args: ReadonlyArray<never>) => Promise<unknown>

const hostWindow = window as unknown as HostWindow

/** At once, because the SDK may be called before the server has said where its simulator is. */
const install = () => {
  const simulatorUrl = readDemoConfig().then(
    (config) => config.simulatorUrl,
    () => null,
  )
  const handlers = handlersWith(simulatorUrl)
  hostWindow.__CONSTANT_HANDLER_MAP = constants
  hostWindow.ReactNativeWebView = { postMessage: (text) => handle(text, handlers) }
  simulatorUrl.then((url) => {
    if (url !== null) return
    delete hostWindow.ReactNativeWebView
    delete hostWindow.__CONSTANT_HANDLER_MAP
  })
}

type Handlers = Readonly<Record<string, Handler>>

const handlersWith = (simulatorUrl: Promise<string | null>): Handlers => ({
  checkoutPayment: async (options: { params: { payToken: string } }) => {
    const { payToken } = options.params
    const url = await simulatorUrl
    if (url === null) throw nativeError("NO_PAYMENT_SHEET", "There is no payment sheet outside the Toss app")
    return openSheet(url, payToken)
  },
  // What an app calls when it starts; a call without a handler would hang.
  appLogin: async () => ({ authorizationCode: "demo", referrer: "SANDBOX" }),
  getServerTime: async () => Date.now(),
  closeView: async () => null,
  eventLog: async () => null,
  screen: async () => null,
  getStorageItem: async (key: string) => localStorage.getItem(key),
  setStorageItem: async (key: string, value: string) => localStorage.setItem(key, value),
  removeStorageItem: async (key: string) => localStorage.removeItem(key),
  clearItems: async () => localStorage.clear(),
})

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

const handle = (text: string, handlers: Handlers): void => {
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

/** The emitter is looked up at the moment of answering: an earlier one may have been replaced. */
const answer = ({ functionName, eventId }: Message, kind: "resolve" | "reject", value: unknown) =>
  hostWindow.__GRANITE_NATIVE_EMITTER?.emit(`${functionName}/${kind}/${eventId}`, throughJson(value))

/** The real host writes values into a script, so nothing survives that JSON does not carry. */
const throughJson = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

const hostError = (error: unknown): unknown =>
  error instanceof Error
    ? { ...error, name: error.name, message: error.message, stack: error.stack, __isError: true }
    : error

if (!("ReactNativeWebView" in window)) install()
