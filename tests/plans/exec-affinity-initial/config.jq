.process.execCPUAffinity = { initial: "0", final: "" }
