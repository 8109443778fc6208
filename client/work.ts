/** Works on one thing at a time, and then on whatever came to be due because of it. */

type Task = () => Promise<void>

/** `onBusy` is told before it begins and after it ends. */
export const makeWork = (onBusy: (isBusy: boolean) => void, onFailure: (error: unknown) => Promise<void>) => {
  let isBusy = false
  let due: Task | undefined

  return {
    /** What is to be done next; a later word takes the place of an earlier one. */
    next: (task: Task): void => {
      due = task
    },
    /** Does nothing while something is being worked on. */
    begin: async (first: Task): Promise<void> => {
      if (isBusy) return
      isBusy = true
      onBusy(true)
      try {
        for (let next: typeof due = first; next !== undefined; next = due) {
          due = undefined
          await next().catch(onFailure)
        }
      } finally {
        isBusy = false
        onBusy(false)
      }
    },
  }
}
