/* Signed webhooks, for who verifies them with another library (tests/support/stripe_sdk.js):
 *
 *     webhook_sign SECRET[,SECRET] UNIX_TIME
 *
 * For each line of stdin, which is a body: a line with the first secret, one with the header, the
 * body. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/webhook_signature.h"

#define ARENA_CAP ((size_t)16 << 20)
#define LINE_SIZE 65536

static struct webhook_secrets secrets_of(struct arena *arena, const char *text)
{
    const char **items = ARENA_NEW_ARRAY(arena, const char *, WEBHOOK_SECRETS_MAX);
    size_t count = 0;
    while (count < WEBHOOK_SECRETS_MAX && *text != '\0') {
        size_t length = strcspn(text, ",");
        items[count++] = arena_copy_n(arena, text, length);
        text += length + (text[length] == ',');
    }
    return (struct webhook_secrets){items, count};
}

int main(int argc, char **argv)
{
    CLEANUP(arena_destroy) struct arena *arena = arena_create("signed webhooks", ARENA_CAP);
    static char line[LINE_SIZE];
    int64_t sent_at_s;
    if (argc != 3 || !text_parse_i64(argv[2], &sent_at_s)) {
        (void)fprintf(stderr, "usage: webhook_sign SECRET[,SECRET] UNIX_TIME\n");
        return EXIT_FAILURE;
    }
    struct webhook_secrets secrets = secrets_of(arena, argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct webhook_body body = {line, strcspn(line, "\n")};
        printf("%s\n%s\n%.*s\n", secrets.items[0], webhook_sign(secrets, sent_at_s, body, arena),
               (int)body.size, body.bytes);
    }
    return EXIT_SUCCESS;
}
