/** An error with the fields that the app's native side sends along. */
export const nativeError = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code, userInfo: {}, moduleName: "MiniAppModule" })
