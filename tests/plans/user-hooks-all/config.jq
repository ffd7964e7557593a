def hook: { path: "/bin/\(.)", args: [., "x y"], env: ["A=b"], timeout: 5 };
.hooks = { prestart: [("one", "two") | hook], createRuntime: ["one" | hook],
           createContainer: ["one" | hook], startContainer: ["one" | hook], poststart: ["one" | hook],
           poststop: [("one", "two") | hook] }
