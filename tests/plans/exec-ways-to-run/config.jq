.process.scheduler = { policy: "SCHED_BATCH", nice: 5 } |
.process.ioPriority = { class: "IOPRIO_CLASS_IDLE", priority: 0 } |
.linux.personality = { domain: "LINUX32" } |
.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" }
