/** Stands in for the Stately inspector: a page with the inspector package's own receivers, which keeps what it hears. */

import { createBrowserReceiver, createWebSocketReceiver } from "@statelyai/inspect"

const received: Array<unknown> = []
Object.assign(window, { received })

const server = new URL(location.href).searchParams.get("server")
const receiver = server === null ? createBrowserReceiver() : createWebSocketReceiver({ server })
receiver.subscribe((event) => received.push(event))
