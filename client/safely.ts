/** Calls a function of the app's, at once. What it throws ends nothing here: it is a rejection that nobody handles, and reported so. */
export const safely = async (call: () => unknown): Promise<void> => {
  call()
}
