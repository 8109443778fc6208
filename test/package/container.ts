/** The container image: what its file says is so, and what it makes takes payments in production. */

import { generateKeyPairSync, randomBytes } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { SignJWT } from "jose"
import postgres from "postgres"
import { beforeAll, describe, expect, it } from "vitest"
import { SimulatorAddress, simulatorServer } from "../../server/simulator/index.ts"
import { makeAuthority } from "../simulator/certificates.ts"
import { emptyDatabaseUrl, postgresUrl } from "../support/database.ts"
import { assemble, canConfine, container, letThrough, nodeVersion, takenFromProject } from "./image.ts"
import { root, run } from "./newApp.ts"

const authority = makeAuthority("The bank's authority")
const jwtSecret = "a shared secret that is long enough to be one"

/** What docs/deployment.md says that production needs. */
const production = (folder: string, databaseUrl: string, tossPayUrl: string) => {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const { cert, key } = authority.issue("shop")
  return {
    PORT: "0",
    DATABASE_URL: databaseUrl,
    TOSSPAY_BASE_URL: tossPayUrl,
    TOSSPAY_TEST_PAYMENT: "true",
    TOSSPAY_CERT_FILE: file("client.pem", cert),
    TOSSPAY_KEY_FILE: file("client.key", key),
    TOSSPAY_CA_FILE: file("ca.pem", authority.cert),
    AUTH_MODE: "jwt",
    AUTH_JWT_AUDIENCE: "the-shop",
    AUTH_JWT_SECRET: jwtSecret,
    DATA_KEY: randomBytes(32).toString("base64"),
    ADMIN_TOKEN: randomBytes(32).toString("hex"),
    CHECKPOINT_KEY_FILE: file(
      "checkpoint.key",
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    ),
  }
}

/** An empty database that belongs to somebody who may do nothing else. */
const ownDatabase = Effect.gen(function* () {
  const role = `shop_${randomBytes(6).toString("hex")}`
  const asAdmin = (url: string, statement: string) =>
    Effect.promise(async () => {
      const admin = postgres(url, { max: 1 })
      await admin.unsafe(statement)
      await admin.end()
    })
  yield* Effect.acquireRelease(asAdmin(postgresUrl(), `CREATE ROLE ${role} LOGIN PASSWORD '${role}'`), () =>
    asAdmin(postgresUrl(), `DROP ROLE ${role}`),
  )
  const url = new URL(yield* emptyDatabaseUrl)
  yield* asAdmin(url.toString(), `ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${role}`)
  url.username = role
  url.password = role
  return url.toString()
})

const post = async (url: string, bearer: string, body: unknown) => {
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
    body: JSON.stringify(body),
  })
  return (await reply.json()) as Record<string, unknown>
}

/** In a folder in which the image's modules are installed and the project is built. */
export const containerLaws = (folder: () => string) =>
  describe("the container image", () => {
    beforeAll(() => assemble(folder()))

    it("is made of the Node that everything else runs on, and of files that are there", () => {
      expect(nodeVersion).toBe(readFileSync(join(root, ".node-version"), "utf8").trim())
      expect(takenFromProject.length).toBeGreaterThan(3)
      for (const path of takenFromProject) {
        expect(letThrough, path).toContain(path)
        expect(existsSync(join(root, path)), path).toBe(true)
      }
    })

    it("holds what runs, and neither the demo nor what only develops", () => {
      const app = join(folder(), "image/app")
      expect(readdirSync(join(app, "dist")).sort()).toEqual(["console", "machines", "server"])
      const modules = readdirSync(join(app, "node_modules"))
      expect(modules).toEqual(expect.arrayContaining(["effect", "xstate", "postgres"]))
      for (const name of ["react", "vite", "typescript", "@apps-in-toss"]) expect(modules).not.toContain(name)
    })

    it("is what the bill of materials names, to the version", async () => {
      const { stdout } = await run(process.execPath, [join(root, ".build/sbom.ts")])
      const { components } = JSON.parse(stdout) as { components: ReadonlyArray<{ readonly purl: string }> }
      const installed = JSON.parse(
        readFileSync(join(folder(), "image/app/node_modules/.package-lock.json"), "utf8"),
      ).packages as Record<string, { readonly version: string }>
      expect(components.map(({ purl }) => decodeURIComponent(purl)).sort()).toEqual(
        Object.entries(installed)
          .filter(([path]) => path.startsWith("node_modules/"))
          .map(([path, { version }]) => `pkg:npm/${path.replace(/^.*node_modules\//, "")}@${version}`)
          .sort(),
      )
    })

    it.skipIf(!canConfine)(
      "in production, with nothing to write to, nobody's rights and a database of its own, takes a payment over mutual TLS, is healthy, and ends with 0 when told to",
      () =>
        Effect.gen(function* () {
          const { partnerUrl, controlUrl } = yield* SimulatorAddress
          const settings = production(folder(), yield* ownDatabase, partnerUrl)
          const image = container(folder(), settings)
          yield* Effect.promise(async () => {
            expect((await image.runBare("touch", "made")).code).not.toBe(0)
            expect(await image.run("migrate")).toMatchObject({ code: 0 })
            expect(await image.run("migrate")).toMatchObject({ code: 0, said: "the schema is up to date\n" })

            const server = await image.serve()
            const buyer = await new SignJWT({ sub: "buyer-1", aud: "the-shop" })
              .setProtectedHeader({ alg: "HS256" })
              .setExpirationTime("5m")
              .sign(new TextEncoder().encode(jwtSecret))
            const payments = `${server.url}/api/payment`
            const { payToken } = await post(`${payments}/create`, buyer, { amount: 5_000 })
            await post(`${controlUrl}/sheet/${payToken}`, "", { action: "approve" })
            expect(await post(`${payments}/execute`, buyer, { payToken })).toMatchObject({ state: "settled" })
            const statusOf = async (path: string) => (await fetch(`${server.url}${path}`)).status
            expect(await Promise.all(["/readyz", "/audit/", "/docs", "/"].map(statusOf))).toEqual([
              200, 200, 200, 404,
            ])

            expect((await server.health()).code).toBe(0)
            server.stop()
            expect((await server.ended).code).toBe(0)
            expect((await server.health()).code).toBe(1)
          })
        }).pipe(
          Effect.provide(simulatorServer({ tls: { ...authority.issue("bank"), ca: authority.cert } })),
          Effect.scoped,
          Effect.runPromise,
        ),
      120_000,
    )
  })
