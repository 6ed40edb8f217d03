/* A zip with one file in it, as the European Central Bank publishes its CSV. Only what such a file
 * needs: one entry, stored or deflated, not encrypted, no zip64; what it unpacks to is bounded
 * before and while it is unpacked, and checked by its CRC. */
#include <string.h>
#include <zlib.h>

#include "core/outside/rate_feed_parts.h"

#define END_SIZE 22u
#define END_COMMENT_MAX 65535u
#define DIRECTORY_SIZE 46u
#define LOCAL_SIZE 30u
#define SIGNATURE_END 0x06054b50u
#define SIGNATURE_DIRECTORY 0x02014b50u
#define SIGNATURE_LOCAL 0x04034b50u
#define METHOD_STORED 0u
#define METHOD_DEFLATED 8u
#define FLAG_ENCRYPTED 1u

struct entry {
    uint32_t method, crc, packed_size, size, local_offset;
    char *name;
};

static bool refuse(const struct feed_text *zip, size_t offset, const char *what, struct error *err)
{
    return error_item(err, "bad_rate_feed", "%s: byte %zu: %s", zip->name, offset, what);
}

static uint32_t u16(const struct feed_text *zip, size_t at)
{
    const unsigned char *bytes = (const unsigned char *)zip->bytes + at;
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t u32(const struct feed_text *zip, size_t at)
{
    return u16(zip, at) | u16(zip, at + 2) << 16;
}

/* From behind: a comment may follow it. */
static bool find_end(const struct feed_text *zip, size_t *ret_at, struct error *err)
{
    size_t least =
        zip->size > END_SIZE + END_COMMENT_MAX ? zip->size - END_SIZE - END_COMMENT_MAX : 0;
    if (zip->size < 4 || (u32(zip, 0) != SIGNATURE_LOCAL && u32(zip, 0) != SIGNATURE_END))
        return refuse(zip, 0, "not a zip", err);
    for (size_t at = zip->size >= END_SIZE ? zip->size - END_SIZE + 1 : 0; at > least; at--)
        if (u32(zip, at - 1) == SIGNATURE_END) {
            *ret_at = at - 1;
            return true;
        }
    return refuse(zip, zip->size, "the zip has no directory: it is cut off", err);
}

static bool read_entry(const struct feed_text *zip, struct entry *ret_entry, struct error *err)
{
    size_t end = 0;
    if (!find_end(zip, &end, err))
        return false;
    size_t at = u32(zip, end + 16);
    if (u16(zip, end + 10) != 1 || u16(zip, end + 8) != 1)
        return refuse(zip, end, "expected a zip with exactly one file", err);
    if (at > end || end - at < DIRECTORY_SIZE || u32(zip, at) != SIGNATURE_DIRECTORY)
        return refuse(zip, end, "the directory of the zip is not where it says", err);
    size_t name_length = u16(zip, at + 28);
    if (end - at - DIRECTORY_SIZE < name_length)
        return refuse(zip, at, "the directory of the zip is cut off", err);
    if ((u16(zip, at + 8) & FLAG_ENCRYPTED) != 0)
        return refuse(zip, at, "the zip is encrypted", err);
    *ret_entry = (struct entry){
        .method = u16(zip, at + 10),
        .crc = u32(zip, at + 16),
        .packed_size = u32(zip, at + 20),
        .size = u32(zip, at + 24),
        .local_offset = u32(zip, at + 42),
        .name = arena_copy_n(zip->arena, zip->bytes + at + DIRECTORY_SIZE, name_length),
    };
    feed_make_plain(ret_entry->name);
    if (ret_entry->size > RATE_FEED_UNPACKED_MAX)
        return refuse(zip, at, "unpacked it would be larger than any feed", err);
    return true;
}

/* Where the packed bytes are. */
static bool find_packed(const struct feed_text *zip, const struct entry *entry, size_t *ret_at,
                        struct error *err)
{
    size_t local = entry->local_offset;
    if (local > zip->size || zip->size - local < LOCAL_SIZE || u32(zip, local) != SIGNATURE_LOCAL)
        return refuse(zip, zip->size, "the file of the zip is not where its directory says", err);
    size_t head = LOCAL_SIZE + u16(zip, local + 26) + u16(zip, local + 28);
    if (zip->size - local < head || zip->size - local - head < entry->packed_size)
        return refuse(zip, zip->size, "the zip is cut off", err);
    *ret_at = local + head;
    return true;
}

/* The output has room for what the directory says and not for more. */
static bool inflate_bytes(const char *packed, const struct entry *entry, unsigned char *target)
{
    z_stream stream = {0};
    bool good = false;
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
        return false;
    stream.next_in = (unsigned char *)(uintptr_t)packed; /* zlib reads it only */
    stream.avail_in = entry->packed_size;
    stream.next_out = target;
    stream.avail_out = entry->size;
    good = inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.total_out == entry->size;
    (void)inflateEnd(&stream);
    return good;
}

bool feed_unzip(const struct feed_text *zip, struct feed_text *ret_text, struct error *err)
{
    struct entry entry = {0};
    size_t at = 0;
    if (!read_entry(zip, &entry, err) || !find_packed(zip, &entry, &at, err))
        return false;
    char *bytes = arena_alloc(zip->arena, (size_t)entry.size + 1);
    const char *packed = zip->bytes + at;
    bool good = false;
    if (entry.method == METHOD_STORED && entry.packed_size == entry.size) {
        memcpy(bytes, packed, entry.size);
        good = true;
    } else if (entry.method == METHOD_DEFLATED) {
        good = inflate_bytes(packed, &entry, (unsigned char *)bytes);
    }
    if (!good || crc32(0, (const unsigned char *)bytes, entry.size) != entry.crc)
        return refuse(zip, at, "the file in the zip is damaged", err);
    *ret_text = (struct feed_text){
        .name = arena_printf(zip->arena, "%s(%s)", zip->name, entry.name),
        .bytes = bytes,
        .size = entry.size,
        .arena = zip->arena,
        .feed = zip->feed,
    };
    return true;
}
