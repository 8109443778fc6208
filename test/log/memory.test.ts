import { memoryEventLog } from "../../server/log/memory.ts"
import { eventLogLaws } from "./eventLogLaws.ts"

eventLogLaws("memory", memoryEventLog)
