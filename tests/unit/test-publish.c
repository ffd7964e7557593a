#include "net/publish.h"

#include "tap.h"

/* What is read, and how it is written again; NULL = as it was. */
static const struct {
    const char *in, *out;
} good[] = {
    { "80", NULL },
    { "1", NULL },
    { "65535", NULL },
    { "80/tcp", "80" },
    { "80/udp", NULL },
    { ":80", "80" },
    { "::80", "80" },
    { ":8080:80", "8080:80" },
    { "8080:80", NULL },
    { "8080:80/udp", NULL },
    { "*:8080:80", NULL },
    { "*::80", NULL },
    { "0.0.0.0:8080:80", NULL },
    { "[::]:8080:80", NULL },
    { "127.0.0.1:8080:80", NULL },
    { "127.0.0.1::80", NULL },
    { "[::1]:8080:80", NULL },
    { "[::1]::80", NULL },
    { "[0:0:0:0:0:0:0:1]:8080:80", "[::1]:8080:80" },
    { "[FD00::A]:8080:80", "[fd00::a]:8080:80" },
    { "[::ffff:192.0.2.1]:1:2", NULL },
    { "192.0.2.1:8080:80/udp", NULL },
    { "127.0.0.1%lo:8080:80", NULL },
    { "[::1]%lo:8080:80", NULL },
    { "%eth0:8080:80", NULL },
    { "*%eth0:8080:80", "%eth0:8080:80" },
    { "%eth0::80", NULL },
    { "%a-name-of-15-by:1:2", NULL },
    { "%br.100:1:2", NULL },
    { "80-90", NULL },
    { ":80-90", "80-90" },
    { "80-80", "80" },
    { "8000-8010:80-90", NULL },
    { "8000-8010:80", NULL },
    { "8000-8000:80-80", "8000:80" },
    { "8000-8000:80", "8000:80" },
    { "1-1024:1-1024", NULL },
    { "64512-65535:1", NULL },
    { "127.0.0.1:8000-8010:80-90/udp", NULL },
    { "[::1]:8000-8010:80", NULL },
    { "8080:80,to=127.0.0.1", NULL },
    { "8080:80,to=::1", NULL },
    { "8080:80,to=[::1]", "8080:80,to=::1" },
    { "8080:80/tcp,to=10.0.2.100", "8080:80,to=10.0.2.100" },
    { "8080:80/udp,to=10.0.2.100", NULL },
    { "8080:80,source=auto", "8080:80" },
    { "8080:80,source=keep", NULL },
    { "8080:80,source=gateway", NULL },
    { "8080:80,source=keep,to=10.0.2.100", "8080:80,to=10.0.2.100,source=keep" },
    { "[::]:80:80,to=fd00::1,source=keep", NULL },
    { "80,to=127.0.0.1,source=gateway", NULL },
    { "8000-8010:80-90,source=keep", NULL },
    { "8080:80,to=10.0.2.255", NULL },
    { "unix:/run/web.sock:80", NULL },
    { "unix:/run/web.sock:80/tcp", "unix:/run/web.sock:80" },
    { "unix:/a:80", NULL },
    { "unix:/a:b:80", NULL },
    { "unix:/a:80:90", NULL },
    { "unix:/a,b:80", NULL },
    { "unix:/a,b/c,d:80,to=127.0.0.1", NULL },
    { "unix:/a,to=b:80,to=::1", NULL },
    { "unix:/with blank:80", NULL },
    { "unix:/a:80,to=::1,source=gateway", NULL },
};

/* What is refused, and the part that the error names. */
static const struct {
    const char *in, *part;
} bad[] = {
    { "", "\"\" is no port" },
    { "0", "\"0\" is no port" },
    { "65536", "\"65536\" is no port" },
    { "99999999999999999999", "\"99999999999999999999\" is no port" },
    { "080", "\"080\" is no port" },
    { "+80", "\"+80\" is no port" },
    { " 80", "\" 80\" is no port" },
    { "80 ", "\"80 \" is no port" },
    { "8e1", "\"8e1\" is no port" },
    { "0x50", "\"0x50\" is no port" },
    { "http", "\"http\" is no port" },
    { "80.", "\"80.\" is no port" },
    { ":", "\"\" is no port" },
    { "::", "\"\" is no port" },
    { "8080:", "\"\" is no port" },
    { "127.0.0.1:80", "\"127.0.0.1\" is no port" },
    { "127.0.0.1:8080:", "\"\" is no port" },
    { "0:80", "\"0\" is no port" },
    { "80:0", "\"0\" is no port" },
    { "x:80", "\"x\" is no port" },
    { "8080:x", "\"x\" is no port" },
    { "127.0.0.1:x:80", "\"x\" is no port" },
    { "127.0.0.1:65536:80", "\"65536\" is no port" },
    { "127.0.0.1:-1:80", "\"\" is no port" },
    { "80/", "\"\" is not tcp" },
    { "80/sctp", "\"sctp\" is not tcp" },
    { "80/TCP", "\"TCP\" is not tcp" },
    { "80/tcp/udp", "\"tcp/udp\" is not tcp" },
    { "80/tcp ", "\"tcp \" is not tcp" },
    { "8080/tcp:80", "\"8080/tcp\" is no port" },
    { "localhost:8080:80", "\"localhost\" is no address" },
    { "127.1:8080:80", "\"127.1\" is no address" },
    { "127.0.0.256:8080:80", "\"127.0.0.256\" is no address" },
    { "0127.0.0.1:8080:80", "\"0127.0.0.1\" is no address" },
    { "1.2.3.4/8:8080:80", "\"1.2.3.4/8\" is no address" },
    { "[127.0.0.1]:8080:80", "\"[127.0.0.1]\" is no address" },
    { "[]:8080:80", "\"[]\" is no address" },
    { "[::g]:8080:80", "\"[::g]\" is no address" },
    { "[::1]x:8080:80", "\"[::1]x\" is no address" },
    { "[::1:8080:80", "a bracket that is not closed" },
    { "::1:8080:80", "too many colons" },
    { "fd00::1:8080:80", "too many colons" },
    { "1:2:3:4", "too many colons" },
    { "[fe80::1%eth0]:8080:80", "inside the brackets" },
    { "127.0.0.1%:8080:80", "\"\" is no name of an interface" },
    { "%:8080:80", "\"\" is no name of an interface" },
    { "%a-name-of-16-byt:1:2", "\"a-name-of-16-byt\" is no name of an interface" },
    { "%a b:8080:80", "\"a b\" is no name of an interface" },
    { "%a/b:8080:80", "\"a/b\" is no name of an interface" },
    { "%a%b:8080:80", "\"a%b\" is no name of an interface" },
    { "%..:8080:80", "\"..\" is no name of an interface" },
    { "%lo:80", "\"%lo\" is no port" },
    { "90-80", "\"90-80\" goes backwards" },
    { "80-", "\"\" is no port" },
    { "-80", "\"\" is no port" },
    { "80-90-100", "\"90-100\" is no port" },
    { "0-10", "\"0\" is no port" },
    { "65530-65536", "\"65536\" is no port" },
    { "1-1025", "\"1-1025\" is too many" },
    { "1-1025:80", "\"1-1025\" is too many" },
    { "8000-8010:80-89", "\"8000-8010\" are 11 ports, \"80-89\" 10" },
    { "8000:80-90", "\"8000\" are 1 ports, \"80-90\" 11" },
    { "8080:80,", "\"\" is not to=" },
    { "8080:80,to", "\"to\" is not to=" },
    { "8080:80,from=1.2.3.4", "\"from=1.2.3.4\" is not to=" },
    { "8080:80,to=1.2.3.4,", "\"\" is not to=" },
    { "8080:80,to=", "\"\" is no address" },
    { "8080:80,to=localhost", "\"localhost\" is no address" },
    { "8080:80,to=[10.0.2.1]", "\"[10.0.2.1]\" is no address" },
    { "8080:80,to=10.0.2.1:80", "\"10.0.2.1:80\" is no address" },
    { "8080:80,to=fe80::1%eth0", "\"fe80::1%eth0\" is no address" },
    { "8080:80,to=0.0.0.0", "\"0.0.0.0\" is no address of one machine" },
    { "8080:80,to=::", "\"::\" is no address of one machine" },
    { "8080:80,to=224.0.0.1", "\"224.0.0.1\" is no address of one machine" },
    { "8080:80,to=255.255.255.255", "\"255.255.255.255\" is no address of one machine" },
    { "8080:80,to=ff02::1", "\"ff02::1\" is no address of one machine" },
    { "8080:80,to=1.2.3.4,to=1.2.3.4", "\"to\" is there twice" },
    { "8080:80,source=", "\"\" is not auto" },
    { "8080:80,source=Keep", "\"Keep\" is not auto" },
    { "8080:80,source=auto,source=auto", "\"source\" is there twice" },
    { "8080:80/udp,to=127.0.0.1", "only TCP" },
    { "8080:80/udp,to=::ffff:127.0.0.1", "only TCP" },
    { "[::]:80:80,to=10.0.2.100,source=keep", "from one family to the other" },
    { "unix:", "\"\" is no absolute path" },
    { "unix:run/x:80", "\"run/x:80\" is no absolute path" },
    { "unix:80", "\"80\" is no absolute path" },
    { "unix:/run/x", "\"/run/x\" has no port" },
    { "unix:/run/x:", "\"\" is no port" },
    { "unix:/run/x:0", "\"0\" is no port" },
    { "unix:/run/x:80/udp", "\"80/udp\" is not one TCP port" },
    { "unix:/run/x:80-81", "\"80-81\" is not one TCP port" },
    { "unix:/run/x/:80", "\"/run/x/\" is a directory" },
    { "unix:/run/x:80,source=keep", "no address to keep" },
    { "unix:/run/x:80,to=x", "\"x\" is no address" },
    { "unix:/run/x:80,from=1", "\"80,from=1\" is no port" },
};

TEST(what_is_read_is_written_the_same)
{
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct arena *a = arena_new();
        OWN_TEXT once = { 0 };
        OWN_TEXT twice = { 0 };
        struct publish p, again;
        struct err e = { 0 };

        EQ_INT(publish_parse(a, good[i].in, &p, &e), 0);
        EQ_STR(e.text, "");
        if (e.text[0] == '\0') {
            publish_write(&once, &p);
            EQ_STR(once.s, good[i].out ? good[i].out : good[i].in);
            EQ_INT(publish_parse(a, once.s, &again, &e), 0);
            publish_write(&twice, &again);
            EQ_STR(twice.s, once.s);
            OK(ip_equal(&p.host, &again.host) && ip_equal(&p.to, &again.to));
            OK(p.everywhere == again.everywhere && p.udp == again.udp);
            OK(p.host_first == again.host_first && p.host_last == again.host_last);
            OK(p.first == again.first && p.last == again.last && p.source == again.source);
        }
        arena_free(a);
    }
}

TEST(an_error_names_the_faulty_part)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct arena *a = arena_new();
        struct publish p = { .first = 1 };
        struct err e = { 0 };

        EQ_INT(publish_parse(a, bad[i].in, &p, &e), -1);
        if (!strstr(e.text, bad[i].part))
            EQ_STR(e.text, bad[i].part);
        OK(text_starts(e.text, "publish "));
        /* Whoever asked keeps what was there. */
        EQ_INT(p.first, 1);
        arena_free(a);
    }
}

TEST(the_parts_are_where_they_belong)
{
    struct arena *a = arena_new();
    char text[IP_TEXT_MAX];
    struct publish p;
    struct err e = { 0 };

    EQ_INT(publish_parse(a, "[fd00::1]%eth0:8000-8001:80-81/udp,to=10.0.2.9", &p, &e), 0);
    EQ_STR(ip_text(&p.host, text), "fd00::1");
    EQ_STR(p.interface, "eth0");
    OK(!p.everywhere && p.udp && !p.path);
    OK(p.host_first == 8000 && p.host_last == 8001 && p.first == 80 && p.last == 81);
    EQ_STR(ip_text(&p.to, text), "10.0.2.9");
    EQ_INT(publish_parse(a, "unix:/run/a,b:c:80,source=gateway", &p, &e), 0);
    EQ_STR(p.path, "/run/a,b:c");
    OK(p.first == 80 && !p.everywhere && p.host.family == 0 && p.source == SOURCE_GATEWAY);
    EQ_INT(publish_parse(a, "80", &p, &e), 0);
    OK(!p.everywhere && p.host.family == 0 && p.host_first == 0 && p.host_last == 0 && !p.interface);
    EQ_INT(publish_parse(a, "*::80", &p, &e), 0);
    OK(p.everywhere && p.host.family == 0 && p.host_first == 0);
    EQ_INT(publish_parse(a, "%eth0::80", &p, &e), 0);
    OK(p.everywhere && p.host.family == 0 && text_is(p.interface, "eth0"));
    arena_free(a);
}
