/** A web server for what an app was built to. */

import { existsSync, readFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"

/** Serves whatever was built last. */
export const serving = () => {
  let built = ""
  const server = createServer((request, reply) => {
    const file = join(built, request.url === "/" ? "index.html" : (request.url ?? ""))
    const type = file.endsWith(".js") ? "text/javascript" : file.endsWith(".css") ? "text/css" : "text/html"
    reply.writeHead(existsSync(file) ? 200 : 404, { "content-type": type })
    reply.end(existsSync(file) ? readFileSync(file) : "")
  })
  return {
    server,
    show: (dist: string) => {
      built = dist
    },
  }
}
