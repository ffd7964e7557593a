.exe.seal = "memfd"
