/** The console's mark, as in its icon. */
export const Mark = () => (
  <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M8 16.5l5.2 5L24 10.5" />
  </svg>
)
