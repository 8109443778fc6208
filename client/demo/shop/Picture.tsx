import type { ReactNode } from "react"

/** A picture of the goods; whatever has none is shown by its first letter. */
export const Picture = ({ sku, name }: { readonly sku: string; readonly name: string }) => (
  <svg className={`picture ${sku in drawings ? sku : ""}`} viewBox="0 0 48 48" aria-hidden="true">
    <rect width="48" height="48" rx="16" />
    {drawings[sku] ?? (
      <text x="24" y="31" textAnchor="middle">
        {name.slice(0, 1)}
      </text>
    )}
  </svg>
)

const drawings: Readonly<Record<string, ReactNode>> = {
  coffee: (
    <>
      <path d="M13 20h19v8a9 9 0 0 1-9 9h-1a9 9 0 0 1-9-9z" />
      <path className="line" d="M32 22h2a4 4 0 0 1 0 9h-2.5M19 15v-3M26 15v-3" />
    </>
  ),
  book: (
    <>
      <path d="M12 14c5-2 9-1 12 1.5V36c-3-2.5-7-3.5-12-1.5z" />
      <path className="pale" d="M36 14c-5-2-9-1-12 1.5V36c3-2.5 7-3.5 12-1.5z" />
    </>
  ),
  tip: <path d="M24 36S12 29 12 20.5A6.5 6.5 0 0 1 24 17a6.5 6.5 0 0 1 12 3.5C36 29 24 36 24 36z" />,
}
