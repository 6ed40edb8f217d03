/* Reading the headers of JPEG (ISO 10918-1, markers) and PNG (RFC 2083, chunks). */
#include "core/outside/pdf_logo.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/text.h"
#include "core/outside/file_read.h"

#define LOGO_BYTES_MAX ((size_t)1 << 20)
#define LOGO_PIXELS_MAX 10000
#define PNG_HEADER 33 /* signature and IHDR */

static const uint8_t png_signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

static uint32_t u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* --- PNG --- */

struct png {
    uint32_t depth, colour_type;
    bool interlaced, transparent;
    const uint8_t *palette;
    uint32_t palette_size;
    uint8_t *pixels;
    size_t pixels_size;
};

static bool read_chunks(const uint8_t *bytes, size_t size, struct png *png)
{
    bool ended = false;
    for (size_t at = sizeof png_signature; at + 12 <= size && !ended;) {
        size_t length = u32(bytes + at);
        const uint8_t *type = bytes + at + 4, *data = bytes + at + 8;
        if (length > size - at - 12)
            return false;
        if (memcmp(type, "PLTE", 4) == 0) {
            png->palette = data;
            png->palette_size = (uint32_t)length;
        } else if (memcmp(type, "tRNS", 4) == 0) {
            png->transparent = true;
        } else if (memcmp(type, "IDAT", 4) == 0) {
            memcpy(png->pixels + png->pixels_size, data, length);
            png->pixels_size += length;
        }
        ended = memcmp(type, "IEND", 4) == 0;
        at += length + 12;
    }
    return ended && png->pixels_size > 0;
}

static const char *image_keys(const struct png *png, uint32_t width, struct arena *arena)
{
    const char *colours = png->colour_type == 2 ? "/DeviceRGB" : "/DeviceGray";
    if (png->colour_type == 3) {
        char *hex = arena_alloc(arena, (size_t)png->palette_size * 2 + 1);
        text_hex(hex, png->palette, png->palette_size);
        colours = arena_printf(arena, "[/Indexed /DeviceRGB %" PRIu32 " <%s>]",
                               png->palette_size / 3 - 1, hex);
    }
    return arena_printf(arena,
                        "/ColorSpace %s\n/BitsPerComponent %" PRIu32 "\n/Filter /FlateDecode\n"
                        "/DecodeParms <</Predictor 15 /Colors %d /BitsPerComponent %" PRIu32
                        " /Columns %" PRIu32 ">>\n",
                        colours, png->depth, png->colour_type == 2 ? 3 : 1, png->depth, width);
}

static bool load_png(const uint8_t *bytes, size_t size, struct arena *arena, struct pdf_logo *logo)
{
    if (size < PNG_HEADER)
        return false;
    struct png png = {.depth = bytes[24],
                      .colour_type = bytes[25],
                      .interlaced = bytes[28] != 0,
                      .pixels = arena_alloc(arena, size)};
    if (!read_chunks(bytes, size, &png))
        return false;
    logo->width_px = u32(bytes + 16);
    logo->height_px = u32(bytes + 20);
    logo->kind = PDF_LOGO_PNG;
    bool has_palette = png.palette != NULL && png.palette_size >= 3;
    bool plain =
        png.colour_type == 0 || png.colour_type == 2 || (png.colour_type == 3 && has_palette);
    if (!plain || png.transparent || png.interlaced || png.depth > 8)
        return true;
    logo->kind = PDF_LOGO_DEFLATED;
    logo->bytes = png.pixels;
    logo->size = png.pixels_size;
    logo->image_keys = image_keys(&png, logo->width_px, arena);
    return true;
}

/* --- JPEG --- */

static bool is_frame_header(uint8_t marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

static bool load_jpeg(const uint8_t *bytes, size_t size, struct pdf_logo *logo)
{
    for (size_t at = 2; at + 9 < size && bytes[at] == 0xFF;) {
        size_t length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (is_frame_header(bytes[at + 1])) {
            logo->kind = PDF_LOGO_JPEG;
            logo->height_px = (uint32_t)bytes[at + 5] << 8 | bytes[at + 6];
            logo->width_px = (uint32_t)bytes[at + 7] << 8 | bytes[at + 8];
            return true;
        }
        at += 2 + length;
    }
    return false;
}

bool pdf_logo_load(const struct layout_source *source, struct arena *arena,
                   struct pdf_logo *ret_logo, struct error *err)
{
    struct pdf_logo logo = {0};
    const char *text;
    if (!file_read(source->path, LOGO_BYTES_MAX, arena, &text, &logo.size, err))
        return error_context(err, "%s: logo", source->at);
    logo.bytes = (const uint8_t *)text;
    sha256_of(logo.bytes, logo.size, logo.digest);
    bool good = false;
    if (logo.size > sizeof png_signature &&
        memcmp(logo.bytes, png_signature, sizeof png_signature) == 0)
        good = load_png(logo.bytes, logo.size, arena, &logo);
    else if (logo.size > 4 && logo.bytes[0] == 0xFF && logo.bytes[1] == 0xD8)
        good = load_jpeg(logo.bytes, logo.size, &logo);
    if (!good || logo.width_px == 0 || logo.height_px == 0 || logo.width_px > LOGO_PIXELS_MAX ||
        logo.height_px > LOGO_PIXELS_MAX) {
        error_run(err, EXIT_CONFIG, "%s: %s is no usable PNG or JPEG image", source->at,
                  source->path);
        return error_hint(err, "save the logo as PNG or JPEG, at most %d pixels wide and high",
                          LOGO_PIXELS_MAX);
    }
    *ret_logo = logo;
    return true;
}
