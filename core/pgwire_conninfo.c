/* pgwire_conninfo.c: connection strings: parsed as libpq does, completed with our options, masked for display. */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "pgwire_internal.h"

static const char MASK[] = "****";

/* Puts the mask in the place of `length` bytes at `at`. What no longer fits at the end is cut. */
static void mask_range(char *text, size_t size, size_t at, size_t length)
{
    size_t tail = strlen(text + at + length);
    size_t room;

    for (size_t i = 0; i < length && i < sizeof MASK - 1; i++) {
        text[at + i] = '*';
    }
    if (length >= sizeof MASK - 1) {
        memmove(text + at + sizeof MASK - 1, text + at + length, tail + 1);
        return;
    }
    if (at + sizeof MASK > size) {
        text[at + length] = '\0'; /* not even the mask fits; the secret itself is covered */
        return;
    }
    room = size - at - sizeof MASK;
    if (tail > room) {
        tail = room;
    }
    memmove(text + at + sizeof MASK - 1, text + at + length, tail);
    memcpy(text + at, MASK, sizeof MASK - 1);
    text[at + sizeof MASK - 1 + tail] = '\0';
}

void pgwire_hide(const char *secret, char *text, size_t size)
{
    char *from = text;
    char *found;

    if (secret == NULL || secret[0] == '\0') {
        return;
    }
    while ((found = strstr(from, secret)) != NULL) {
        mask_range(text, size, (size_t)(found - text), strlen(secret));
        from = found + strnlen(found, sizeof MASK - 1);
    }
}

/* The userinfo's password as it stands in a URI, still percent-encoded; NULL when there is none. */
static const char *uri_password(const char *uri, size_t *length)
{
    const char *user = strstr(uri, "://");
    const char *end;
    const char *colon;

    if (user == NULL) {
        return NULL;
    }
    user += 3;
    end = user + strcspn(user, " \t\r\n\"'");
    while (end > user && *end != '@') { /* the last @, so that an unescaped one in the password is covered */
        end--;
    }
    colon = memchr(user, ':', (size_t)(end - user));
    if (end == user || colon == NULL) {
        return NULL;
    }
    *length = (size_t)(end - colon - 1);
    return colon + 1;
}

/* Masks the value behind every `password=`, quoted or not. */
static void mask_keywords(char *text, size_t size)
{
    static const char keyword[] = "password";
    char *at = text;

    while ((at = strcasestr(at, keyword)) != NULL) {
        size_t length = 0;

        at += sizeof keyword - 1;
        at += strspn(at, " \t");
        if (*at != '=') {
            continue;
        }
        at++;
        at += strspn(at, " \t");
        if (*at == '\'') {
            for (length = 1; at[length] != '\0' && at[length] != '\''; length++) {
                if (at[length] == '\\' && at[length + 1] != '\0') {
                    length++;
                }
            }
            length += at[length] == '\'';
        } else {
            while (at[length] != '\0' && strchr(" \t\r\n&\"", at[length]) == NULL) {
                length += at[length] == '\\' && at[length + 1] != '\0' ? 2 : 1;
            }
        }
        if (length > 0) {
            mask_range(text, size, (size_t)(at - text), length);
        }
    }
}

void pgwire_mask(const char *conninfo, char *text, size_t size)
{
    PQconninfoOption *parsed = conninfo != NULL ? PQconninfoParse(conninfo, NULL) : NULL;
    const char *raw;
    size_t length = 0;
    char *at = text;

    for (const PQconninfoOption *option = parsed; option != NULL && option->keyword != NULL; option++) {
        if (strcmp(option->dispchar, "*") == 0) {
            pgwire_hide(option->val, text, size);
        }
    }
    PQconninfoFree(parsed);
    raw = conninfo != NULL ? uri_password(conninfo, &length) : NULL;
    if (raw != NULL && length > 0) {
        for (size_t i = 0; text[i] != '\0'; i++) {
            if (strncmp(text + i, raw, length) == 0) {
                mask_range(text, size, i, length);
                i += strnlen(text + i, sizeof MASK - 1);
                if (text[i] == '\0') {
                    break;
                }
            }
        }
    }
    while ((at = strstr(at, "://")) != NULL) {
        const char *password = uri_password(at, &length);

        if (password != NULL && length > 0) {
            mask_range(text, size, (size_t)(password - text), length);
        }
        at += 3;
    }
    mask_keywords(text, size);
}

/* What libpq says about a string that it cannot parse quotes pieces of it, and any of them may be a password:
 * everything between the first and the last quote goes. */
static int parse_error(const char *message, struct err *e)
{
    const char *first = strchr(message, '"');
    const char *last = strrchr(message, '"');
    char text[512];

    if (strncmp(message, "missing \"=\" after", 17) == 0) {
        err_set(e, ERR_USAGE, "the connection string has a word without = and is no URL");
    } else {
        if (first != NULL && last > first) {
            snprintf(text, sizeof text, "%.*s\"%s%s", (int)(first - message), message, MASK, last);
        } else {
            snprintf(text, sizeof text, "%s", message);
        }
        text[strcspn(text, "\r\n")] = '\0';
        err_set(e, ERR_USAGE, "the connection string cannot be parsed: %s", text);
    }
    return err_hint(e,
                    "write postgresql://user:password@host:port/database or host=... dbname=...; special characters of "
                    "a URL's password are percent-encoded (@ is %%40, / is %%2F, %% is %%25)");
}

/* libpq ends the userinfo at the first @ or /, so the rest of an unescaped password would become the host, port or
 * database, and be shown in messages. */
static int check_uri(const char *uri, struct err *e)
{
    const char *start = strstr(uri, "://");
    const char *first, *end;
    char culprit = '\0';

    first = start != NULL ? strchr(start + 3, '@') : NULL;
    if (first == NULL) {
        return 0;
    }
    start += 3;
    end = first + strcspn(first, "?");
    if (memchr(first + 1, '@', (size_t)(end - first - 1)) != NULL) {
        culprit = '@';
    } else if (memchr(start, '/', (size_t)(first - start)) != NULL &&
               memchr(start, '?', (size_t)(first - start)) == NULL) {
        culprit = '/';
    }
    if (culprit != '\0') {
        err_set(e, ERR_USAGE, "the connection URL's password holds an unescaped %c", culprit);
        return err_hint(e, "percent-encode special characters of the password: @ is %%40, / is %%2F, %% is %%25");
    }
    return 0;
}

PQconninfoOption *pgwire_parse(const char *conninfo, struct err *e)
{
    PQconninfoOption *parsed;
    char *message = NULL;
    int is_uri = strncmp(conninfo, "postgresql://", 13) == 0 || strncmp(conninfo, "postgres://", 11) == 0;

    if (is_uri && check_uri(conninfo, e) != 0) {
        return NULL;
    }
    parsed = PQconninfoParse(conninfo, &message);
    if (parsed == NULL && message == NULL) {
        err_set(e, ERR_MEMORY, "out of memory");
    } else if (parsed == NULL) {
        parse_error(message, e);
    }
    PQfreemem(message);
    return parsed;
}

void pgwire_options(const PQconninfoOption *parsed, const char **keywords, const char **values)
{
    static const char *const ours[][2] = {
        {"fallback_application_name", "wherry"}, {"keepalives_idle", "30"},
        {"keepalives_interval", "10"},           {"keepalives_count", "3"},
        {"tcp_user_timeout", "60000"},
    };
    size_t count = 0;

    keywords[count] = "client_encoding";
    values[count++] = "UTF8";
    for (; parsed->keyword != NULL && count < PGWIRE_OPTIONS - sizeof ours / sizeof ours[0] - 1; parsed++) {
        if (parsed->val != NULL && strcmp(parsed->keyword, "client_encoding") != 0) {
            keywords[count] = parsed->keyword;
            values[count++] = parsed->val;
        }
    }
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++) {
        size_t given = 0;

        while (given < count && strcmp(keywords[given], ours[i][0]) != 0) {
            given++;
        }
        if (given == count) {
            keywords[count] = ours[i][0];
            values[count++] = ours[i][1];
        }
    }
    keywords[count] = NULL;
    values[count] = NULL;
}

void pgwire_address(struct pgwire *p)
{
    const char *host = PQhost(p->conn);
    const char *port = PQport(p->conn);
    int size = (int)sizeof p->address / 2;

    if (host == NULL || host[0] == '\0') {
        host = "localhost";
    }
    if (port == NULL || port[0] == '\0') {
        port = "5432";
    }
    if (host[0] == '/') {
        snprintf(p->address, sizeof p->address, "%.*s/.s.PGSQL.%.16s", size, host, port);
    } else if (strchr(host, ':') != NULL) {
        snprintf(p->address, sizeof p->address, "[%.*s]:%.16s", size, host, port);
    } else {
        snprintf(p->address, sizeof p->address, "%.*s:%.16s", size, host, port);
    }
}
