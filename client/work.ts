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
    /** While something is being worked on it comes after that, unless what follows from that does. */
    begin: async (first: Task): Promise<void> => {
      due ??= first
      if (isBusy) return
      isBusy = true
      onBusy(true)
      try {
        while (due) {
          const next = due
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
