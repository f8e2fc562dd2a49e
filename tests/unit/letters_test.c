/* letters_test: what svlog has in place of musl's tables says, of each character that a byte can be in
 * the C locale, what libc says. SPDX-License-Identifier: ISC */
#include "../../lib/musl/letters.c"

#include "check.h"

#include <wchar.h>

static void
test_character(wint_t c)
{
	CHECK(!__wrap_iswalpha(c) == !iswalpha(c));
	CHECK(!__wrap_iswpunct(c) == !iswpunct(c));
	CHECK(__wrap_towlower(c) == towlower(c));
	CHECK(__wrap_towupper(c) == towupper(c));
}

int
main(void)
{
	test_character(WEOF);
	for (int byte = 0; byte <= 0xff; byte++) {
		const char text = (char)byte;
		wchar_t c;
		/* glibc gives none for bytes beyond ASCII. */
		if (mbrtowc(&c, &text, 1, &(mbstate_t){0}) <= 1)
			test_character((wint_t)c);
	}
	return check_end("letters_test");
}
