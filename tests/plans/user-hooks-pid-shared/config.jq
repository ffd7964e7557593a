# Somebody else may be in the pid namespace, so init is never to be seen.
join("pid"; "/ns/child/pid") | .hooks = { createRuntime: [{ path: "/bin/one" }], startContainer: [{ path: "/bin/two" }] }
