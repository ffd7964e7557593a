#!/bin/sh
# Functions that are not for this program, with the reason.  base/banned.h says the same to the
# compiler for the worst; this also knows where something may be called.
. "$(dirname "$0")/lib.sh"

# WHERE-IT-MAY-STAND (a regular expression on the path, - for nowhere) : names : reason
table='
- : strcpy strcat stpcpy sprintf vsprintf gets strncpy strncat : writes without a bound or an end; use base/text
- : alloca : a stack is no place for what others measure
- : strtok strtok_r : changes its input; use base/text
- : atoi atol atoll atof strtol strtoll strtod sscanf scanf fscanf : takes rubbish for a number; use base/text
- : system popen wordexp : a shell reads the string; use base/child
^src/cli/bundle\.c$ : realpath canonicalize_file_name getwd : names a path that others can change since; use os/path
- : tmpnam tempnam mktemp : a name is no file
- : signal : unlike from system to system; use sigaction
- : getpwnam getpwuid getpwnam_r getpwuid_r getgrnam getgrgid getgrouplist getlogin getaddrinfo gethostbyname dlopen iconv_open : loads libraries at run time, which a static program cannot
^helpers/rcrun-unpack/main\.c$ : setlocale : loads files at run time, which a static program cannot; libarchive needs it
- : setjmp longjmp : control flow that nobody can follow
^src/base/child\.c$ : vfork : shares memory with its parent: one place knows how
- : readdir_r rand srand localtime ctime asctime : obsolete
^src/base/err\.c$ : strerror strerror_r strerror_l : the wording and the case depend on the C library; use err_text
^src/(base/(err|log)\.c|cli/|main\.c) : printf vprintf puts putchar fprintf vfprintf fputs perror dprintf : only main tells the user, see base/err.h
^src/(base|os|host|cli)/|^helpers/ : creat access stat lstat mkdir rmdir chdir chmod chown lchown rename symlink link readlink mknod mkfifo truncate utime utimes opendir fopen freopen : follows links that an image chose; use os/path
'

for file in $(files_like '^(src|helpers)/.*\.[ch]$'); do
    problems=$(printf '%s' "$table" | awk -F ' : ' -v file="$file" '
        # First the table, then the file.
        NR == FNR && NF == 3 {
            if ($1 != "-" && file ~ $1)
                next
            n = split($2, word, " ")
            for (i = 1; i <= n; i++)
                reason[word[i]] = $3
            next
        }
        NR == FNR { next }
        {
            # Without strings and comments.
            line = $0
            gsub(/\\./, "", line)
            gsub(/"[^"]*"/, "\"\"", line)
            if (inside) {
                if (!sub(/^.*\*\//, "", line))
                    next
                inside = 0
            }
            gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", line)
            sub(/\/\/.*/, "", line)
            if (sub(/\/\*.*/, "", line))
                inside = 1
            if (line ~ /^[ \t]*#/)
                next
            if (line ~ /(^|[^A-Za-z0-9_])goto[ \t]/)
                printf "%s:%d: goto: cleanup is by attribute, see base/clean.h\n", file, FNR
            while (match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
                before = substr(line, RSTART - 1, 1)
                name = substr(line, RSTART, RLENGTH - 1)
                sub(/[ \t]+$/, "", name)
                line = substr(line, RSTART + RLENGTH)
                # A member is not the function of that name.
                if (name in reason && before != "." && before != ">")
                    printf "%s:%d: %s: %s\n", file, FNR, name, reason[name]
            }
        }' - "$file")
    verdict "$file" "$problems"
done
[ "$tests" -gt 0 ] || skip_all 'no source file'
finish
