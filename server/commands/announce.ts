import { Console, Effect, Layer, Redacted } from "effect"
import { HttpServer } from "effect/http"
import { AdminToken } from "../http/admin/access.ts"
import { noPages } from "../http/demo.ts"

/** Says where everything is, once everything answers. The last line starts with `ready`. */
export const announce = ({ simulatorUrl }: { readonly simulatorUrl: string | null }) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      const url = HttpServer.formatAddress(address)
      const { token, isOurs } = yield* AdminToken
      yield* Console.log(
        [
          `  demo mini-app     ${noPages === null ? `${url}/` : `(${noPages})`}`,
          `  checkout API      ${url}/api/payment`,
          `  API reference     ${url}/docs`,
          // The one place where a secret is printed: to the developer whose machine made it.
          ...(token === null || !isOurs ? [] : [`  back office token ${Redacted.value(token)}`]),
          ...(simulatorUrl === null ? [] : [`  TossPay simulator ${simulatorUrl}/`]),
          `ready in ${(process.uptime() ?? 0).toFixed(1)} s on ${url}`,
        ].join("\n"),
      )
    }),
  )
