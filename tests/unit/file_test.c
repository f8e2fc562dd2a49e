/* file_test: names that a stranger may have planted are refused, and a replaced file is whole.
 * As root it also plants a file of another owner. SPDX-License-Identifier: ISC */
#include "file.h"
#include "msg.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int dir;

static void
make_file(const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	CHECK(fd != -1 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

/* errno of opening NAME as KIND, 0 if it was opened. */
static int
open_error(const char *name, enum file_kind kind)
{
	int fd = file_open_private(dir, name, O_RDONLY, 0, kind, 1);
	if (fd == -1)
		return errno;
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	close(fd);
	return 0;
}

static void
test_private(void)
{
	make_file("plain", "text");
	CHECK(symlinkat("plain", dir, "link") == 0);
	CHECK(mkfifoat(dir, "fifo", 0600) == 0);
	CHECK(mkdirat(dir, "directory", 0700) == 0);
	CHECK(open_error("plain", FILE_REGULAR) == 0);
	CHECK(open_error("fifo", FILE_FIFO) == 0);
	CHECK(open_error("plain", FILE_FIFO) == MSG_ENOTFIFO);
	CHECK(open_error("fifo", FILE_REGULAR) == MSG_ENOTREG);
	CHECK(open_error("directory", FILE_REGULAR) == EISDIR);
	CHECK(open_error("link", FILE_REGULAR) == ELOOP);
	CHECK(open_error("absent", FILE_REGULAR) == ENOENT);
	make_file("twice", "");
	CHECK(linkat(dir, "twice", dir, "second", 0) == 0);
	CHECK(open_error("twice", FILE_REGULAR) == MSG_ELINKS);
}

/* Nothing is cut before it is known whose it is. */
static void
test_truncation(void)
{
	char text[16];

	make_file("kept", "kept");
	CHECK(linkat(dir, "kept", dir, "other", 0) == 0);
	CHECK(file_open_private(dir, "kept", O_WRONLY | O_TRUNC, 0, FILE_REGULAR, 1) == -1);
	CHECK(file_read(dir, "kept", text, sizeof text) == 4);
	int fd = file_open_private(dir, "kept", O_WRONLY | O_TRUNC, 0, FILE_REGULAR, 2);
	CHECK(fd != -1);
	close(fd);
	CHECK(file_read(dir, "kept", text, sizeof text) == 0);
}

static void
test_owner(void)
{
	if (geteuid() != 0)
		return;
	make_file("strange", "");
	CHECK(fchownat(dir, "strange", 12345, (gid_t)-1, 0) == 0);
	CHECK(open_error("strange", FILE_REGULAR) == MSG_EOWNER);
	/* What belongs to the owner of the directory is as trusted as the directory. */
	CHECK(fchownat(dir, "", 12345, (gid_t)-1, AT_EMPTY_PATH) == 0);
	CHECK(open_error("strange", FILE_REGULAR) == 0);
	/* But he may have linked root's file into it. */
	make_file("root's", "");
	CHECK(open_error("root's", FILE_REGULAR) == 0);
	CHECK(linkat(dir, "root's", dir, "his too", 0) == 0);
	CHECK(file_open_private(dir, "his too", O_RDONLY, 0, FILE_REGULAR, 2) == -1);
	CHECK(errno == MSG_ELINKS);
	CHECK(linkat(dir, "strange", dir, "his", 0) == 0);
	int fd = file_open_private(dir, "his", O_RDONLY, 0, FILE_REGULAR, 2);
	CHECK(fd != -1);
	close(fd);
	CHECK(fchownat(dir, "", 0, (gid_t)-1, AT_EMPTY_PATH) == 0);
}

static void
test_fifo(void)
{
	int fd = file_open_fifo(dir, "new-fifo", O_RDONLY, 0600);
	CHECK(fd != -1);
	int again = file_open_fifo(dir, "new-fifo", O_WRONLY, 0600);
	CHECK(again != -1);
	close(fd);
	close(again);
	CHECK(file_open_fifo(dir, "plain", O_RDONLY, 0600) == -1 && errno == MSG_ENOTFIFO);
}

static void
test_read(void)
{
	char text[5];

	make_file("long", "0123456789");
	CHECK(file_read(dir, "long", text, sizeof text) == 4);
	CHECK_TEXT(text, "0123");
	CHECK(file_read(dir, "link", text, sizeof text) == 4); /* links are followed here */
	CHECK(file_read(dir, "absent", text, sizeof text) == -1 && errno == ENOENT);
	CHECK(file_read(dir, "fifo", text, sizeof text) == -1 && errno == MSG_ENOTREG);
	CHECK(file_read(dir, "directory", text, sizeof text) == -1 && errno == EISDIR);
	CHECK(file_exists(dir, "plain") == 1 && file_exists(dir, "absent") == 0);
	CHECK(file_exists(dir, "plain/below") == -1 && errno == ENOTDIR);
}

static void
test_replace(void)
{
	struct stat st;
	char text[16];

	CHECK(file_replace(dir, "value", "value.new", "one", 3, 0640) == FILE_DONE);
	CHECK(fstatat(dir, "value", &st, 0) == 0 && (st.st_mode & 07777) == 0640);
	CHECK(fchmodat(dir, "value", 0604, 0) == 0);
	/* A leftover, even a link to something precious, is replaced and not written through. */
	CHECK(symlinkat("plain", dir, "value.new") == 0);
	CHECK(file_replace(dir, "value", "value.new", "second", 6, 0640) == FILE_DONE);
	CHECK(fstatat(dir, "value", &st, 0) == 0 && (st.st_mode & 07777) == 0604);
	CHECK(file_read(dir, "value", text, sizeof text) == 6);
	CHECK_TEXT(text, "second");
	CHECK(file_read(dir, "plain", text, sizeof text) == 4);
	CHECK(file_exists(dir, "value.new") == 0);
	CHECK(file_replace(dir, "directory", "value.new", "x", 1, 0640) == FILE_RENAME);
	CHECK(file_replace(dir, "value", "absent/value.new", "x", 1, 0640) == FILE_OPEN);
}

static void
test_make_directories(void)
{
	CHECK(file_make_directories(dir, "a/b/c", 0700));
	CHECK(file_make_directories(dir, "a/b/c", 0700));
	CHECK(file_exists(dir, "a/b/c") == 1);
	CHECK(!file_make_directories(dir, "plain/d", 0700) && errno == ENOTDIR);
	CHECK(!file_make_target(dir, "nosuch", 0700) && errno == ENOENT);
	CHECK(symlinkat("a/x/target", dir, "to-make") == 0 && file_exists(dir, "to-make") == 0);
	CHECK(file_make_target(dir, "to-make", 0700) && file_exists(dir, "to-make") == 1);
}

int
main(void)
{
	char path[] = "/tmp/file_test.XXXXXX";
	char command[sizeof path + 16];

	umask(022);
	CHECK(mkdtemp(path) != NULL);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	CHECK(dir != -1);
	test_private();
	test_truncation();
	test_owner();
	test_fifo();
	test_read();
	test_replace();
	test_make_directories();
	snprintf(command, sizeof command, "rm -rf %s", path);
	CHECK(system(command) == 0);
	return check_end("file_test");
}
