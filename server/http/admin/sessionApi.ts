/** The part of the back office's contract that is about signing in to the console. */

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { roles } from "../../backOffice/operators.ts"
import { everywhere, refused, Time, text } from "../schemas.ts"
import { AdminOnly, Needs } from "./access.ts"
import { consoleHeader } from "./cookie.ts"

export const SessionView = Schema.Struct({
  name: Schema.NullOr(Schema.String).annotate({ description: "null: whoever bears ADMIN_TOKEN." }),
  role: Schema.Literals(roles),
  expiresAt: Schema.NullOr(Time).annotate({ description: "null: it was a token that was shown." }),
}).annotate({ identifier: "Session" })

export class SessionApi extends HttpApiGroup.make("session")
  .add(
    HttpApiEndpoint.post("signIn", "/session", {
      headers: { [consoleHeader]: Schema.Literal("1") },
      payload: Schema.Struct({ token: text(500) }),
      success: SessionView,
      error: [...everywhere, refused(404, "NOT_FOUND")],
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Open a session with a token",
        description: `It is kept in a cookie that no script can read, and counts only beside the header ${consoleHeader}.`,
      }),
    ),
  )
  .add(
    HttpApiEndpoint.get("session", "/session", { success: SessionView, error: [...everywhere] })
      .middleware(AdminOnly)
      .annotateMerge(OpenApi.annotations({ summary: "Who is signed in" })),
  )
  .add(
    HttpApiEndpoint.delete("signOut", "/session", {
      success: Schema.Struct({ ok: Schema.Literal(true) }),
      error: [...everywhere],
    })
      .middleware(AdminOnly)
      .annotate(Needs, "read")
      .annotateMerge(OpenApi.annotations({ summary: "End the session, on every server" })),
  )
  .prefix("/admin/api")
  .annotateMerge(
    OpenApi.annotations({
      title: "Back office: sessions",
      description: "How the console signs in. Programs send their token with every request instead.",
    }),
  ) {}
