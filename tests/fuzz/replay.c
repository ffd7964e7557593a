/* main() of a fuzz target in an ordinary build: runs the target once on each file given. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
    const size_t most = 1 << 20;

    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        uint8_t *data = malloc(most);

        if (!f || !data) {
            perror(argv[i]);
            return 1;
        }
        size_t size = fread(data, 1, most, f);
        fclose(f);
        printf("%s\n", argv[i]); /* the last one before a crash is the culprit */
        fflush(stdout);
        /* In a block of its own size, so that reading past the end is seen. */
        uint8_t *input = malloc(size + (size == 0));
        if (!input)
            return 1;
        for (size_t at = 0; at < size; at++)
            input[at] = data[at];
        free(data);
        LLVMFuzzerTestOneInput(input, size);
        free(input);
    }
    return 0;
}
