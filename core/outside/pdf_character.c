/* Kinds of characters, from the tables of utf8proc and HarfBuzz. */
#include "core/outside/pdf_character.h"

#include <hb.h>
#include <utf8proc.h>

static bool is_simple_script(uint32_t code_point)
{
    switch ((int)hb_unicode_script(hb_unicode_funcs_get_default(), code_point)) {
    case HB_SCRIPT_COMMON:
    case HB_SCRIPT_LATIN:
    case HB_SCRIPT_GREEK:
    case HB_SCRIPT_CYRILLIC:
    case HB_SCRIPT_ARMENIAN:
    case HB_SCRIPT_GEORGIAN:
    case HB_SCRIPT_HAN:
    case HB_SCRIPT_HIRAGANA:
    case HB_SCRIPT_KATAKANA:
    case HB_SCRIPT_BOPOMOFO:
        return true;
    case HB_SCRIPT_HANGUL: /* whole syllables; loose jamo would have to be stacked */
        return code_point >= 0xAC00 && code_point <= 0xD7A3;
    default: /* the two hundred scripts of Unicode that need a shaper, or were not looked at */
        return false;
    }
}

static bool is_right_to_left(const utf8proc_property_t *property)
{
    return property->bidi_class == UTF8PROC_BIDI_CLASS_R ||
           property->bidi_class == UTF8PROC_BIDI_CLASS_AL ||
           property->bidi_class == UTF8PROC_BIDI_CLASS_AN;
}

enum pdf_character pdf_character_kind(uint32_t code_point)
{
    if (code_point > ' ' && code_point < 0x7F)
        return PDF_CHARACTER_SHOWN;
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)code_point);
    if (code_point == '\n' || code_point == '\t' || property->category == UTF8PROC_CATEGORY_ZS)
        return PDF_CHARACTER_SPACE;
    if (code_point == 0xAD || code_point == 0x200B || code_point == 0x2060 || code_point == 0xFEFF)
        return PDF_CHARACTER_INVISIBLE;
    switch ((int)property->category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return PDF_CHARACTER_CONTROL;
    default:
        break;
    }
    if (is_right_to_left(property))
        return PDF_CHARACTER_RIGHT_TO_LEFT;
    if (!is_simple_script(code_point) && property->category != UTF8PROC_CATEGORY_MN)
        return PDF_CHARACTER_SHAPED;
    switch ((int)property->category) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return PDF_CHARACTER_COMBINING;
    default:
        return PDF_CHARACTER_SHOWN;
    }
}
