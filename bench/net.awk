# net.awk - prints the table and the goals.   awk -f net.awk ORDER SAMPLES
#
# ORDER     SECTION  CASE  CONTENDER                                  the rows, in their order
# SAMPLES   ROUND  SECTION  CASE  CONTENDER  ok|failed  VALUE  COST
#
# Ratios are taken in each round and then their median: what disturbs the machine disturbs both sides.

BEGIN {
    FS = "\t"
    unit["up"] = unit["down"] = "Gbit/s"
    unit["echo"] = unit["udp-echo"] = unit["echo-1000"] = "us"
    unit["rate"] = unit["rate-1000"] = "conn/s"
    unit["udp-up"] = unit["udp-down"] = "packets/s"
    unit["start"] = "ms"
    unit["memory"] = unit["memory-1000"] = "KiB"
    # What one unit of cost is for.
    per["up"] = per["down"] = "Mbit"
    per["echo"] = per["udp-echo"] = per["echo-1000"] = "round trip"
    per["rate"] = per["rate-1000"] = "connection"
    per["udp-up"] = per["udp-down"] = "packet"

    # The goals of the project: rcrun-net against another, by value or by cost.
    goal("NG-01", "out", "up", "slirp4netns-1500", "value", ">=", 3)
    goal("NG-01", "out", "down", "slirp4netns-1500", "value", ">=", 3)
    goal("NG-01", "out", "up", "slirp4netns-65520", "value", ">=", 0.95)
    goal("NG-01", "out", "down", "slirp4netns-65520", "value", ">=", 0.95)
    goal("NG-01", "out", "up", "pasta-1500", "value", ">=", 2)
    goal("NG-01", "out", "down", "pasta-1500", "value", ">=", 2)
    goal("NG-01", "out", "down", "pasta-65520", "value", ">=", 1)
    goal("NG-02", "out", "up", "slirp4netns-1500", "cost", "<=", 1 / 5)
    goal("NG-02", "out", "down", "slirp4netns-1500", "cost", "<=", 1 / 3)
    goal("NG-03", "publish", "up", "pasta-65520", "value", ">=", 1)
    goal("NG-03", "publish", "down", "pasta-65520", "value", ">=", 1)
    goal("NG-03", "publish", "up", "rootlesskit", "value", ">=", 1)
    goal("NG-03", "publish", "down", "rootlesskit", "value", ">=", 1)
    goal("NG-03", "publish", "up", "pasta-65520", "cost", "<=", 1)
    goal("NG-03", "publish", "down", "pasta-65520", "cost", "<=", 1)
    goal("NG-03", "publish", "up", "rootlesskit", "cost", "<=", 1)
    goal("NG-03", "publish", "down", "rootlesskit", "cost", "<=", 1)
    goal("NG-04", "publish", "rate", "pasta-65520", "cost", "<=", 0.5)
    goal("NG-04", "publish", "rate", "rootlesskit", "cost", "<=", 0.35)
    goal("NG-05", "out", "echo", "slirp4netns-1500", "value", "<=", 1.1)
    goal("NG-05", "publish", "echo", "pasta-65520", "value", "<=", 1)
    goal("NG-07", "out", "udp-up", "slirp4netns-1500", "value", ">=", 1.2)
    goal("NG-07", "publish", "udp-up", "slirp4netns-1500", "value", ">=", 1.2)
    goal("NG-08", "ready", "start", "slirp4netns-1500", "value", "<=", 1)
    goal("NG-08", "ready", "start", "pasta-1500", "value", "<=", 0.2)
}

function goal(id, section, case, other, what, way, limit) {
    goals++
    goal_id[goals] = id
    goal_own[goals] = section SUBSEP case SUBSEP "rcrun-net"
    goal_other[goals] = section SUBSEP case SUBSEP other
    goal_text[goals] = section " " case ", " what " / " other
    goal_what[goals] = what
    goal_way[goals] = way
    goal_limit[goals] = limit
}

FNR == NR {
    rows++
    row[rows] = $1 SUBSEP $2 SUBSEP $3
    next
}

{
    key = $2 SUBSEP $3 SUBSEP $4
    if ($5 != "ok") {
        failed[key]++
        next
    }
    if ($1 + 0 > rounds)
        rounds = $1 + 0
    value[key, $1 + 0] = $6
    count[key]++
    if ($7 != "-") {
        cost[key, $1 + 0] = $7
        costs[key]++
    }
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

function of(table, key, q,    i, n, values) {
    for (i = 1; i <= rounds; i++)
        if ((key, i) in table)
            values[++n] = table[key, i]
    return quantile(values, n, q)
}

# Median over the rounds of rcrun-net's by another's; "" when there is no round with both.
function paired(table, own, other,    i, n, values) {
    for (i = 1; i <= rounds; i++)
        if ((own, i) in table && (other, i) in table && table[other, i] > 0)
            values[++n] = table[own, i] / table[other, i]
    return n ? quantile(values, n, 0.5) : ""
}

function shown(x) {
    return x == "" ? "" : x >= 100 ? sprintf("%.0f", x) : sprintf("%.2f", x)
}

function judge(id, text, x, way, limit,    met) {
    met = way == "<=" ? x <= limit : x >= limit
    printf "%-6s %-46s %8s  goal %s %-6.3g %s\n", id, text, shown(x), way, limit, met ? "met" : "MISSED"
}

END {
    print "| | load | contender | median | p10 | p90 | unit | CPU us | per | rcrun-net / it | CPU of rcrun-net / it |"
    print "|---|---|---|---|---|---|---|---|---|---|---|"
    for (r = 1; r <= rows; r++) {
        key = row[r]
        split(key, word, SUBSEP)
        own = word[1] SUBSEP word[2] SUBSEP "rcrun-net"
        if (!count[key] && !failed[key])
            continue
        if (!count[key])
            printf "| %s | %s | %s | failed | | | | | | | |\n", word[1], word[2], word[3]
        else
            printf "| %s | %s | %s%s | %s | %s | %s | %s | %s | %s | %s | %s |\n", word[1], word[2], word[3],
                failed[key] ? " (" failed[key] " failed)" : "", shown(of(value, key, 0.5)),
                shown(of(value, key, 0.1)), shown(of(value, key, 0.9)), unit[word[2]],
                costs[key] ? sprintf("%.2f", of(cost, key, 0.5)) : "", costs[key] ? per[word[2]] : "",
                shown(paired(value, own, key)), shown(paired(cost, own, key))
        if (failed[key] && word[3] == "rcrun-net")
            bad = 1
    }
    print ""
    for (g = 1; g <= goals; g++) {
        if (goal_what[g] == "cost")
            x = paired(cost, goal_own[g], goal_other[g])
        else
            x = paired(value, goal_own[g], goal_other[g])
        if (x != "")
            judge(goal_id[g], goal_text[g], x, goal_way[g], goal_limit[g])
    }
    own = "ready" SUBSEP "memory" SUBSEP "rcrun-net"
    if (count[own])
        judge("NG-08", "ready memory, KiB", of(value, own, 0.5), "<=", 6144)
    own = "idle" SUBSEP "echo-1000" SUBSEP "rcrun-net"
    if (count[own]) {
        other = "idle" SUBSEP "echo" SUBSEP "rcrun-net"
        judge("NG-09", "idle echo-1000 / echo", paired(value, own, other), "<=", 2)
    }
    exit bad
}
