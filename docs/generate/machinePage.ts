import {
  actionsOf,
  type FactType,
  factMeanings,
  guardMeanings,
  machineVersion,
  type StatePath,
  stateMeanings,
  stateNames,
  statePaths,
  states,
  stepOf,
  table,
} from "../../machines/index.ts"

type Row = (typeof table)[number]

/** The whole machine as a page: diagram, states, moves, facts. */
export const machinePage = (): string =>
  [
    "# The checkout machine",
    "",
    `Generated from \`machines/\` by \`npm run docs\`; machine version ${machineVersion}. Do not edit.`,
    "",
    "## The seven states",
    "",
    "Moves between the states; what happens inside them is in the tables below.",
    "",
    "```mermaid",
    "stateDiagram-v2",
    ...diagram(),
    "```",
    "",
    "## What each state means",
    "",
    "| state | meaning | owner | timer | the screen shows | the buyer may | a new payment is safe |",
    "|---|---|---|---|---|---|---|",
    ...Object.entries(states).map(
      ([path, info]) =>
        `| \`${path}\` | ${stateMeanings[path as StatePath]} | ${info.owner} | ${timerText(path as StatePath)} | ${stepOf(path as StatePath)} | ${
          actionsOf(path as StatePath).join(", ") || "–"
        } | ${info.safeToRetry ? "yes" : "no"} |`,
    ),
    "",
    "## Every move",
    "",
    "Tried from top to bottom. What is not listed is refused, and leaves no row.",
    "",
    ...movesByState(),
    "## Every fact",
    "",
    "| fact | meaning |",
    "|---|---|",
    ...Object.entries(factMeanings).map(([fact, meaning]) => `| \`${fact}\` | ${meaning} |`),
    "",
  ].join("\n")

const timerText = (path: StatePath): string => {
  const due = dueFacts[path]
  return due === undefined ? "–" : due.map((fact) => `\`${fact}\``).join(" or ")
}

/** The timer facts that a state accepts are the ones that can come due in it. */
const dueFacts: Partial<Record<StatePath, ReadonlyArray<FactType>>> = Object.fromEntries(
  Object.entries(states)
    .filter(([, info]) => info.owner !== "nobody")
    .map(([path]) => [
      path,
      [
        ...new Set(
          table
            .filter((row) => row.from === path && /^(LeaseExpired|TokenExpired|StatusAsked)$/.test(row.fact))
            .map((row) => row.fact),
        ),
      ],
    ]),
)

const nameOf = (path: StatePath | null): string => (path === null ? "[*]" : (path.split(".")[0] ?? ""))

const diagram = (): ReadonlyArray<string> => {
  const arrows = new Map<string, Set<string>>()
  for (const row of table) {
    const [from, to] = [nameOf(row.from), nameOf(row.to)]
    if (from === to) continue
    const arrow = `${from} --> ${to}`
    arrows.set(arrow, (arrows.get(arrow) ?? new Set()).add(row.fact))
  }
  const order = (arrow: string) => stateNames.findIndex((name) => arrow.startsWith(name))
  return [...arrows]
    .sort(([a], [b]) => order(a) - order(b))
    .map(([arrow, facts]) => `  ${arrow}: ${[...facts].join(", ")}`)
}

const movesByState = (): ReadonlyArray<string> =>
  [null, ...statePaths].flatMap((path) => [
    `### ${path === null ? "Before there is a checkout" : `\`${path}\``}`,
    "",
    "| when | if | then | asks for | remembers by |",
    "|---|---|---|---|---|",
    ...table.filter((row) => row.from === path).map(moveLine),
    "",
  ])

const moveLine = ({ fact, guard, to, changes, instructions }: Row): string => {
  const condition = guard === null ? "–" : guardMeanings[guard]
  const asked = instructions.map((instruction) => `**${instruction}**`).join(", ") || "–"
  return `| \`${fact}\` | ${condition} | \`${to}\` | ${asked} | ${changes.join(", ") || "–"} |`
}
