# table.awk - prints the table and the goals.   awk -f table.awk ORDER SAMPLES
#
# ORDER     SECTION  CASE CONTENDER              the rows, in their order
# SAMPLES   ROUND  SECTION  CASE CONTENDER  ok|failed  WALL  CPU  RSS  FAULTS
#
# Ratios and differences are taken in each round and then their median: what disturbs the machine
# disturbs both sides of them.

BEGIN {
    FS = "\t"
    # kind, section, case, contender: at most.  The goals of the project for its releases.
    goal["ratio", "start", "full crun"] = 0.5
    goal["ratio", "start", "full runc"] = 0.22
    goal["ratio", "start", "full floor"] = 1.25
    goal["ratio", "variants", "single crun"] = 0.35
    goal["ratio", "variants", "single bwrap"] = 1.0
    goal["ratio", "variants", "seccomp crun"] = 0.3
    goal["ratio", "life", "state crun"] = 0.3
    goal["ratio", "life", "kill crun"] = 0.3
    goal["ratio", "life", "exec crun"] = 0.35
    goal["above", "big", "mounts1000 rcrun"] = 30
    goal["above", "big", "env1m rcrun"] = 15
    goal["above", "big", "names5000 rcrun"] = 10
    goal["later", "layers", "ephemeral rcrun"] = 0.4
    goal["memory", "start", "full rcrun"] = 2560
}

FNR == NR {
    rows++
    section[rows] = $1
    name[rows] = $2
    next
}

{
    key = $2 SUBSEP $3
    if ($4 != "ok") {
        failed[key]++
        next
    }
    if ($1 + 0 > rounds)
        rounds = $1 + 0
    n = ++count[key]
    wall[key, n] = at[key, $1 + 0] = $5
    cpu[key, n] = cpu_at[key, $1 + 0] = $6
    rss[key, n] = $7
    faults[key, n] = $8
}

# The value below which part q of values[1..n] lies; sorts them.
function quantile(values, n, q,    i, j, v) {
    for (i = 2; i <= n; i++) {
        v = values[i]
        for (j = i - 1; j >= 1 && values[j] > v; j--)
            values[j + 1] = values[j]
        values[j + 1] = v
    }
    return n ? values[int(q * (n - 1) + 0.5) + 1] : 0
}

function of(table, key, q,    i, values) {
    for (i = 1; i <= count[key]; i++)
        values[i] = table[key, i]
    return quantile(values, count[key], q)
}

# Median over the rounds of one of table by, or less, the other.
function paired(table, one, other, difference,    i, n, values) {
    for (i = 1; i <= rounds; i++)
        if ((one, i) in table && (other, i) in table && table[other, i] > 0)
            values[++n] = difference ? table[one, i] - table[other, i] : table[one, i] / table[other, i]
    return quantile(values, n, 0.5)
}

function judge(what, text, value, most) {
    printf "%-32s %-22s goal %-6s %s\n", what, text, most, value <= most ? "met" : "MISSED"
}

END {
    print "| | case | contender | median ms | p10 ms | CPU ms | max RSS KiB | page faults | rcrun / it | CPU of rcrun / it |"
    print "|---|---|---|---|---|---|---|---|---|---|"
    for (r = 1; r <= rows; r++) {
        split(name[r], word, " ")
        key = section[r] SUBSEP name[r]
        own = section[r] SUBSEP word[1] " rcrun"
        if (!count[key])
            printf "| %s | %s | %s | failed | | | | | | |\n", section[r], word[1], word[2]
        else
            printf "| %s | %s | %s%s | %.2f | %.2f | %.2f | %d | %d | %.3f | %.3f |\n", section[r], word[1],
                word[2], failed[key] ? " (" failed[key] " failed)" : "", of(wall, key, 0.5),
                of(wall, key, 0.1), of(cpu, key, 0.5), of(rss, key, 0.5), of(faults, key, 0.5),
                paired(at, own, key, 0), paired(cpu_at, own, key, 0)
        if (failed[key] && word[2] == "rcrun")
            bad = 1
    }
    print ""
    for (r = 1; r <= rows; r++) {
        split(name[r], word, " ")
        key = section[r] SUBSEP name[r]
        if (!count[key])
            continue
        if (("ratio", key) in goal) {
            value = paired(at, section[r] SUBSEP word[1] " rcrun", key, 0)
            judge("ratio rcrun/" word[2] ", " word[1], sprintf("%.3f", value), value,
                goal["ratio", key])
        }
        if (("above", key) in goal) {
            value = paired(cpu_at, key, section[r] SUBSEP "full " word[2], 1)
            judge("CPU above full, " word[1], sprintf("%.2f ms", value), value, goal["above", key])
        }
        if (("later", key) in goal) {
            value = paired(at, key, section[r] SUBSEP "full " word[2], 1)
            judge("later than full, " word[1], sprintf("%.2f ms", value), value, goal["later", key])
        }
        if (("memory", key) in goal) {
            value = of(rss, key, 0.5)
            judge("max RSS, " word[1], sprintf("%d KiB", value), value, goal["memory", key])
        }
    }
    exit bad
}
