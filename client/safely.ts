/** Calls a function of the app's, at once. What it throws ends nothing here: nobody handles it, so it is reported as such. */
export const safely = async (call: () => unknown): Promise<void> => {
  call()
}
