import { Console, Effect, Layer } from "effect"
import { HttpServer } from "effect/http"

/** Says where everything is, once everything answers. The last line starts with `ready`. */
export const announce = ({ simulatorUrl }: { readonly simulatorUrl: string | null }) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const url = HttpServer.formatAddress(address)
      yield* Console.log(
        [
          `  demo mini-app     ${url}/`,
          `  checkout API      ${url}/api/payment`,
          `  API reference     ${url}/docs`,
          ...(simulatorUrl === null ? [] : [`  TossPay simulator ${simulatorUrl}/`]),
          `ready in ${(process.uptime() ?? 0).toFixed(1)} s on ${url}`,
        ].join("\n"),
      )
    }),
  )
