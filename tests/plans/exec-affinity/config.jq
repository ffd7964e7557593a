.process.execCPUAffinity = { initial: "0", final: "0-1" }
