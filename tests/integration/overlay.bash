# shellcheck shell=bash
# What the files about roots and volumes that are overlays share.

ephemeral() { # [SIZE]
    cfg '.annotations["org.rcrun.root.overlay"] = "ephemeral"'
    [ $# -eq 0 ] || cfg --arg s "$1" '.annotations["org.rcrun.root.size"] = $s'
}

kept() { # DIRECTORY
    cfg --arg d "$1" '.annotations["org.rcrun.root.overlay"] = "upper"
        | .annotations["org.rcrun.root.upper"] = $d'
}

lowers() { # DIRECTORY...: the first is the topmost
    edit '.annotations += ($ARGS.positional | to_entries
        | map({key: "org.rcrun.root.lower.\(.key)", value: .value}) | from_entries)' "$@"
}

# All that there is in a tree: names, modes, owners, times and content.
sum_of() { # DIRECTORY
    (cd "$1" && find . -printf '%p %M %U %G %T@ %l\n' | sort && find . -type f -exec sha256sum {} + | sort) |
        sha256sum
}
