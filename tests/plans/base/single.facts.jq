# No newuidmap(1): only the own id can be mapped.
.subid = {
    known: true, why: "newuidmap(1) is not installed",
    newuidmap: { why: "newuidmap(1) is not installed" },
    newgidmap: { why: "newgidmap(1) is not installed" }
}
