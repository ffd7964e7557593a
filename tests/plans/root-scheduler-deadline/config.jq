.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1000, deadline: 2000, period: 3000 }
