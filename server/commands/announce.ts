import { Console, Effect, Layer, Redacted } from "effect"
import { HttpServer } from "effect/http"
import { Operators } from "../backOffice/operators.ts"
import { noConsole } from "../http/console.ts"
import { noPages } from "../http/demo.ts"

/** Says where everything is, once everything answers. The last line starts with `ready`. */
export const announce = ({ simulatorUrl }: { readonly simulatorUrl: string | null }) =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const { address } = yield* HttpServer.HttpServer
      // Who listens on every address is reached on the loopback one.
      const url = HttpServer.formatAddress(address)
        .replace("//0.0.0.0:", "//127.0.0.1:")
        .replace("//[::]:", "//[::1]:")
      const { isOpen, adminToken } = yield* Operators
      yield* Console.log(
        [
          `  demo mini-app     ${orWhyNot(`${url}/`, noPages)}`,
          ...(!isOpen ? [] : [`  audit console     ${orWhyNot(`${url}/audit`, noConsole)}`]),
          `  checkout API      ${url}/api/payment`,
          `  API reference     ${url}/docs`,
          // The one place where a secret is printed: to the developer whose machine made it.
          ...(adminToken?.isOurs !== true ? [] : [`  back office token ${Redacted.value(adminToken.token)}`]),
          ...(simulatorUrl === null ? [] : [`  TossPay simulator ${simulatorUrl}/`]),
          `ready in ${process.uptime().toFixed(1)} s on ${url}`,
        ].join("\n"),
      )
    }),
  )

const orWhyNot = (url: string, whyNot: string | null) => (whyNot === null ? url : `(${whyNot})`)
