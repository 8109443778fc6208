/** Works on one thing at a time, and then on whatever came to be due because of it. */

type Task = () => Promise<void>

interface Foreman {
  /** Told before it begins and after it ends. */
  readonly onBusy: (isBusy: boolean) => void
  readonly onFailure: (error: unknown) => Promise<void>
}

export const makeWork = ({ onBusy, onFailure }: Foreman) => {
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
          await next()
        }
      } catch (error) {
        await onFailure(error)
      } finally {
        isBusy = false
        onBusy(false)
      }
    },
  }
}
