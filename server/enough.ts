/** Whoever reads what is printed has gone, because it was enough, as `head` has: that is no error. */
export const isEnough = (cause: unknown): boolean =>
  (cause as { readonly code?: unknown } | null)?.code === "EPIPE"
