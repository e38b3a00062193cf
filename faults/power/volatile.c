/* volatile MOUNTPOINT [FUSE options]: a file system that loses in a power cut what was not synced.
 *
 * Everything is in memory, twice: as it is now, and as it is on the imagined disk.
 *
 * - What is written reaches the disk by fsync or fdatasync of the file, or with O_SYNC and O_DSYNC.
 * - A name (made, changed, removed) reaches it by fsync of its directory, or of the file: that makes
 *   the names on the way to the file durable, as ext4, XFS and Btrfs do and PostgreSQL relies on.
 *   In the orderly mode any fsync makes every name durable, as a single journal does.
 * - A cut keeps, drawn by a seed, none, some or all of the rest: the first changes of names, of one
 *   journal or of each directory; pages of 4096 bytes, or sectors of 512, of what was written.
 *
 * The file .power in the root is the switch. Written to it:
 *   cut COUNT   from the COUNTth change on, counted from now, every call fails with EIO; 0 is at once
 *   back SEED   the disk is what the cut left of it, and works again
 *   orderly 0|1, see above
 * Read from it: whether it is on, the changes since it was, and what the last cut kept. */

#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define SECTOR 512u
#define SWITCH "/.power"

typedef struct node Node;
typedef struct entry Entry;

struct entry {
  char *name;
  Node *node;
  Entry *next;
};

typedef struct {
  mode_t mode;
  uid_t uid;
  gid_t gid;
} Rights;

typedef struct {
  unsigned char *bytes;
  size_t size, room;
} Content;

struct node {
  ino_t number;
  Rights now_rights, disk_rights;
  struct timespec modified;
  Content now, disk;      /* of a file; of a symbolic link its target */
  unsigned char *dirty;   /* one for each page of `now` */
  size_t dirty_room;
  Entry *now_names, *disk_names; /* of a directory */
  Node *parent;           /* the directory where it got its last name */
  unsigned opened;
  bool reached;
  Node *next;             /* of all */
};

/* A change of names that is not on the disk: in `to` (or nowhere) there is a new one, in `from`
 * (or nowhere) one less. */
typedef struct change Change;
struct change {
  Node *node, *from, *to;
  char *old_name, *new_name;
  Change *next;
};

static Node *root, *all;
static Change *journal, **journal_end = &journal;
static ino_t last_number;
static bool off, orderly;
static unsigned long changes, cut_at;
static uint64_t random_state = 1;
static char last_cut[200] = "";

static void *must(void *memory) {
  if (!memory) abort();
  return memory;
}

static unsigned drawn(unsigned below) { /* xorshift64 */
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return (unsigned)((random_state >> 20) % below);
}

/* Names of a directory. */

static Entry **place(Entry **names, const char *name) {
  while (*names && strcmp((*names)->name, name)) names = &(*names)->next;
  return names;
}

static void put(Entry **names, const char *name, Node *node) {
  Entry **found = place(names, name);
  if (!*found) {
    *found = must(calloc(1, sizeof **found));
    (*found)->name = must(strdup(name));
  }
  (*found)->node = node;
}

static void drop(Entry **names, const char *name) {
  Entry **found = place(names, name), *gone = *found;
  if (!gone) return;
  *found = gone->next;
  free(gone->name);
  free(gone);
}

static void clear(Entry **names) {
  while (*names) drop(names, (*names)->name);
}

static Node *found_in(Node *directory, const char *name) {
  Entry *entry = *place(&directory->now_names, name);
  return entry ? entry->node : NULL;
}

static Node *new_node(mode_t mode) {
  struct fuse_context *context = fuse_get_context();
  Node *node = must(calloc(1, sizeof *node));
  node->number = ++last_number;
  node->now_rights = (Rights){mode, context ? context->uid : getuid(), context ? context->gid : getgid()};
  node->disk_rights = node->now_rights;
  clock_gettime(CLOCK_REALTIME, &node->modified);
  node->next = all;
  return all = node;
}

/* The node at a path, or its directory and its name in that. */

static Node *parent_of(const char *path, const char **name) {
  Node *at = root;
  char part[256];
  for (const char *slash; (slash = strchr(++path, '/')); path = slash) {
    snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
    if (!(at = found_in(at, part))) return NULL;
  }
  *name = path;
  return at;
}

static Node *at_path(const char *path) {
  const char *name;
  if (!strcmp(path, "/")) return root;
  Node *parent = parent_of(path, &name);
  return parent ? found_in(parent, name) : NULL;
}

static Node *node_of(const char *path, struct fuse_file_info *info) {
  return info && info->fh ? (Node *)info->fh : at_path(path);
}

/* What a file holds. */

static void resize(Content *content, size_t size) {
  if (size > content->room) {
    size_t room = size + size / 2 + PAGE;
    content->bytes = must(realloc(content->bytes, room));
    content->room = room;
  }
  if (size > content->size) memset(content->bytes + content->size, 0, size - content->size);
  content->size = size;
}

static void touch(Node *node, size_t from, size_t to) {
  size_t pages = (to + PAGE - 1) / PAGE;
  if (pages > node->dirty_room) {
    node->dirty = must(realloc(node->dirty, 2 * pages));
    memset(node->dirty + node->dirty_room, 0, 2 * pages - node->dirty_room);
    node->dirty_room = 2 * pages;
  }
  for (size_t page = from / PAGE; page < pages; page++) node->dirty[page] = 1;
  clock_gettime(CLOCK_REALTIME, &node->modified);
}

static void set_size(Node *node, size_t size) {
  size_t old = node->now.size;
  resize(&node->now, size);
  touch(node, old < size ? old : size, size);
}

/* Copies what lies between two positions to the disk, as far as both reach. */
static void copy_to_disk(Node *node, size_t from, size_t to) {
  if (to > node->now.size) to = node->now.size;
  if (to > node->disk.size) to = node->disk.size;
  if (from < to) memcpy(node->disk.bytes + from, node->now.bytes + from, to - from);
}

static void sync_content(Node *node) {
  resize(&node->disk, node->now.size);
  for (size_t page = 0; page < node->dirty_room; page++)
    if (node->dirty[page]) copy_to_disk(node, page * PAGE, (page + 1) * PAGE);
  if (node->dirty) memset(node->dirty, 0, node->dirty_room);
  node->disk_rights = node->now_rights;
}

/* Changes of names. */

static void note(Node *node, Node *from, const char *old_name, Node *to, const char *new_name) {
  Change *change = must(calloc(1, sizeof *change));
  *change = (Change){node, from, to, from ? must(strdup(old_name)) : NULL,
                     to ? must(strdup(new_name)) : NULL, NULL};
  *journal_end = change;
  journal_end = &change->next;
  if (from) drop(&from->now_names, old_name);
  if (to) put(&to->now_names, new_name, node), node->parent = to;
}

static void apply(Change *change) {
  if (change->from) drop(&change->from->disk_names, change->old_name);
  if (change->to) put(&change->to->disk_names, change->new_name, change->node);
}

/* Takes it out of the journal, which goes on at the same place. */
static void forget(Change **at) {
  Change *gone = *at;
  *at = gone->next;
  free(gone->old_name);
  free(gone->new_name);
  free(gone);
}

static void find_end(void) {
  for (journal_end = &journal; *journal_end; journal_end = &(*journal_end)->next) {}
}

/* Marks what the change `last`, or every change in `directory`, needs of the earlier ones: those in
 * the same directories. Marked directories are `reached`. Returns how many to look at. */
static size_t needed(Change **changes_, size_t count, bool *marked, Node *directory, Node *named) {
  size_t last = count;
  if (named)
    while (last && !(changes_[last - 1]->to && changes_[last - 1]->node == named)) last--;
  for (Node *node = all; node; node = node->next) node->reached = false;
  if (directory) directory->reached = true;
  for (size_t i = last; i-- > 0;) {
    Change *change = changes_[i];
    bool in = (named && i == last - 1) || (change->from && change->from->reached) ||
              (change->to && change->to->reached);
    if (!in) continue;
    marked[i] = true;
    if (change->from) change->from->reached = true;
    if (change->to) change->to->reached = true;
  }
  return last;
}

static void sync_names(Node *directory, Node *named) {
  size_t count = 0;
  for (Change *change = journal; change; change = change->next) count++;
  if (!count) return;
  Change **changes_ = must(calloc(count, sizeof *changes_)), **at = &journal;
  bool *marked = must(calloc(count, sizeof *marked));
  size_t i = 0;
  for (Change *change = journal; change; change = change->next) changes_[i++] = change;
  if (orderly) memset(marked, true, count);
  else needed(changes_, count, marked, directory, named);
  for (i = 0; i < count; i++)
    if (marked[i]) apply(*at), forget(at);
    else at = &(*at)->next;
  find_end();
  free(changes_);
  free(marked);
}

static void sync_node(Node *node) {
  sync_content(node);
  if (S_ISDIR(node->now_rights.mode)) sync_names(node, NULL);
  for (; node && node != root; node = node->parent) {
    sync_names(NULL, node);
    if (S_ISDIR(node->now_rights.mode)) node->disk_rights = node->now_rights;
  }
}

/* The power cut. */

static unsigned keep_names(void) {
  unsigned kept = 0, policy = drawn(4); /* nothing, everything, some, some */
  for (Node *node = all; node; node = node->next) node->reached = false; /* a change of it is lost */
  bool ended = policy == 0;
  while (journal) {
    Node *from = journal->from, *to = journal->to;
    bool lost = ended || (from && from->reached) || (to && to->reached) || (policy > 1 && !drawn(4));
    if (lost) {
      ended = ended || orderly;
      if (from) from->reached = true;
      if (to) to->reached = true;
    } else {
      apply(journal);
      kept++;
    }
    forget(&journal);
  }
  journal_end = &journal;
  return kept;
}

/* Which of the pages, or sectors, that were not synced the disk has all the same. */
static unsigned keep_content(Node *node) {
  unsigned kept = 0, policy = drawn(3);
  size_t unit = policy == 1 ? PAGE : SECTOR;
  if (policy == 0) return 0;
  if (drawn(2)) resize(&node->disk, node->now.size);
  for (size_t at = 0; at / PAGE < node->dirty_room && at < node->now.size; at += unit)
    if (node->dirty[at / PAGE] && drawn(2)) copy_to_disk(node, at, at + unit), kept++;
  return kept;
}

static unsigned dirty_pages(Node *node) {
  unsigned pages = 0;
  for (size_t page = 0; page < node->dirty_room; page++) pages += node->dirty[page];
  return pages;
}

static void restart(Node *node) {
  clear(&node->now_names);
  for (Entry *entry = node->disk_names; entry; entry = entry->next)
    put(&node->now_names, entry->name, entry->node), entry->node->parent = node;
  resize(&node->now, node->disk.size);
  if (node->disk.size) memcpy(node->now.bytes, node->disk.bytes, node->disk.size);
  if (node->dirty) memset(node->dirty, 0, node->dirty_room);
  if (drawn(2)) node->disk_rights = node->now_rights;
  node->now_rights = node->disk_rights;
  node->reached = false;
}

static void reach(Node *node) {
  node->reached = true;
  for (Entry *entry = node->now_names; entry; entry = entry->next)
    if (!entry->node->reached) reach(entry->node);
}

static void forget_unreached(void) {
  reach(root);
  for (Node **at = &all; *at;) {
    Node *node = *at;
    if (node->reached || node->opened) {
      at = &node->next;
      continue;
    }
    *at = node->next;
    clear(&node->now_names);
    clear(&node->disk_names);
    free(node->now.bytes);
    free(node->disk.bytes);
    free(node->dirty);
    free(node);
  }
}

static void back(uint64_t seed) {
  unsigned names = 0, kept_names, pages = 0, kept_units = 0;
  random_state = seed * 2654435761u + 1;
  for (Change *change = journal; change; change = change->next) names++;
  kept_names = keep_names();
  for (Node *node = all; node; node = node->next)
    if (S_ISREG(node->now_rights.mode)) pages += dirty_pages(node), kept_units += keep_content(node);
  for (Node *node = all; node; node = node->next) restart(node);
  forget_unreached();
  snprintf(last_cut, sizeof last_cut, "%u of %u names and %u pieces of %u pages kept, %s",
           kept_names, names, kept_units, pages, orderly ? "one journal" : "each directory for itself");
  off = false;
  changes = cut_at = 0;
}

/* True when the call goes through; a change is counted, and may be the one that the cut comes with. */
static bool works(bool is_change) {
  if (is_change && !off && ++changes == cut_at) off = true;
  return !off;
}

#define READS do { if (!works(false)) return -EIO; } while (0)
#define CHANGES do { if (!works(true)) return -EIO; } while (0)

/* The switch. */

static int write_switch(const char *text, size_t size) {
  char line[100];
  unsigned long number;
  snprintf(line, sizeof line, "%.*s", (int)size, text);
  if (sscanf(line, "cut %lu", &number) == 1) {
    off = off || number == 0;
    cut_at = number ? changes + number : 0;
  } else if (sscanf(line, "back %lu", &number) == 1) {
    back(number);
  } else if (sscanf(line, "orderly %lu", &number) == 1) {
    orderly = number;
  } else {
    return -EINVAL;
  }
  return (int)size;
}

static int read_switch(char *buffer, size_t size, off_t offset) {
  char line[300];
  int length = snprintf(line, sizeof line, "%s %lu %s\n", off ? "off" : "on", changes, last_cut);
  if (offset >= length) return 0;
  size_t rest = (size_t)(length - offset);
  memcpy(buffer, line + offset, rest < size ? rest : size);
  return (int)(rest < size ? rest : size);
}

static bool is_switch(const char *path) { return path && !strcmp(path, SWITCH); }

/* The calls. */

static int do_getattr(const char *path, struct stat *found, struct fuse_file_info *info) {
  memset(found, 0, sizeof *found);
  if (is_switch(path)) {
    *found = (struct stat){.st_mode = S_IFREG | 0600, .st_nlink = 1, .st_uid = getuid(), .st_ino = 1u << 30};
    return 0;
  }
  if (!path || strcmp(path, "/")) READS; /* the way to the switch stays open */
  Node *node = node_of(path, info);
  if (!node) return -ENOENT;
  found->st_ino = node->number;
  found->st_mode = node->now_rights.mode;
  found->st_uid = node->now_rights.uid;
  found->st_gid = node->now_rights.gid;
  found->st_nlink = 1;
  found->st_size = (off_t)node->now.size;
  found->st_blocks = (blkcnt_t)((node->now.size + SECTOR - 1) / SECTOR);
  found->st_mtim = found->st_ctim = found->st_atim = node->modified;
  return 0;
}

static int make(const char *path, mode_t mode, Node **made) {
  const char *name;
  Node *parent = parent_of(path, &name);
  if (!parent) return -ENOENT;
  if (found_in(parent, name)) return -EEXIST;
  if (strlen(name) > 255) return -ENAMETOOLONG;
  *made = new_node(mode);
  note(*made, NULL, NULL, parent, name);
  return 0;
}

static int do_mkdir(const char *path, mode_t mode) {
  CHANGES;
  Node *node;
  return make(path, S_IFDIR | mode, &node);
}

static int do_mknod(const char *path, mode_t mode, dev_t device) {
  CHANGES;
  Node *node;
  (void)device;
  return make(path, mode, &node);
}

static int do_symlink(const char *target, const char *path) {
  CHANGES;
  Node *node;
  int failed = make(path, S_IFLNK | 0777, &node);
  if (failed) return failed;
  resize(&node->now, strlen(target));
  memcpy(node->now.bytes, target, strlen(target));
  sync_content(node);
  return 0;
}

static int do_readlink(const char *path, char *buffer, size_t size) {
  READS;
  Node *node = at_path(path);
  if (!node) return -ENOENT;
  snprintf(buffer, size, "%.*s", (int)node->now.size, (char *)node->now.bytes);
  return 0;
}

static int do_unlink(const char *path) {
  CHANGES;
  const char *name;
  Node *parent = parent_of(path, &name), *node = parent ? found_in(parent, name) : NULL;
  if (!node) return -ENOENT;
  note(node, parent, name, NULL, NULL);
  return 0;
}

static int do_rmdir(const char *path) {
  Node *node = at_path(path);
  if (node && node->now_names) return -ENOTEMPTY;
  return do_unlink(path);
}

static int do_rename(const char *path, const char *to, unsigned flags) {
  CHANGES;
  const char *old_name, *new_name;
  Node *from = parent_of(path, &old_name), *into = parent_of(to, &new_name);
  Node *node = from ? found_in(from, old_name) : NULL, *there = into ? found_in(into, new_name) : NULL;
  if (!node || !into) return -ENOENT;
  if (flags & ~(unsigned)RENAME_NOREPLACE) return -EINVAL;
  if (there && flags) return -EEXIST;
  if (there && there->now_names) return -ENOTEMPTY;
  if (there != node) note(node, from, old_name, into, new_name);
  return 0;
}

static int do_link(const char *path, const char *to) {
  CHANGES;
  const char *name;
  Node *node = at_path(path), *into = parent_of(to, &name);
  if (!node || !into) return -ENOENT;
  note(node, NULL, NULL, into, name);
  return 0;
}

static int do_chmod(const char *path, mode_t mode, struct fuse_file_info *info) {
  CHANGES;
  Node *node = node_of(path, info);
  if (!node) return -ENOENT;
  node->now_rights.mode = (node->now_rights.mode & S_IFMT) | (mode & 07777);
  return 0;
}

static int do_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info) {
  CHANGES;
  Node *node = node_of(path, info);
  if (!node) return -ENOENT;
  if (uid != (uid_t)-1) node->now_rights.uid = uid;
  if (gid != (gid_t)-1) node->now_rights.gid = gid;
  return 0;
}

static int do_utimens(const char *path, const struct timespec times[2], struct fuse_file_info *info) {
  READS;
  Node *node = node_of(path, info);
  if (!node) return -ENOENT;
  if (times[1].tv_nsec == UTIME_NOW) clock_gettime(CLOCK_REALTIME, &node->modified);
  else if (times[1].tv_nsec != UTIME_OMIT) node->modified = times[1];
  return 0;
}

static int do_truncate(const char *path, off_t size, struct fuse_file_info *info) {
  if (is_switch(path)) return 0;
  CHANGES;
  Node *node = node_of(path, info);
  if (!node) return -ENOENT;
  set_size(node, (size_t)size);
  return 0;
}

static int do_fallocate(const char *path, int mode, off_t offset, off_t length, struct fuse_file_info *info) {
  CHANGES;
  Node *node = node_of(path, info);
  if (mode) return -EOPNOTSUPP;
  if ((size_t)(offset + length) > node->now.size) set_size(node, (size_t)(offset + length));
  return 0;
}

static int do_open(const char *path, struct fuse_file_info *info) {
  info->direct_io = 1; /* what the kernel has must be what the disk has */
  if (is_switch(path)) return 0;
  READS;
  Node *node = at_path(path);
  if (!node) return -ENOENT;
  info->fh = (uintptr_t)node;
  node->opened++;
  if (info->flags & O_TRUNC) set_size(node, 0);
  return 0;
}

static int do_create(const char *path, mode_t mode, struct fuse_file_info *info) {
  int failed = do_mknod(path, S_IFREG | mode, 0);
  return failed ? failed : do_open(path, info);
}

static int do_release(const char *path, struct fuse_file_info *info) {
  (void)path;
  if (info->fh) ((Node *)info->fh)->opened--;
  return 0;
}

static int do_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  if (is_switch(path)) return read_switch(buffer, size, offset);
  READS;
  Content *content = &node_of(path, info)->now;
  if ((size_t)offset >= content->size) return 0;
  if (size > content->size - (size_t)offset) size = content->size - (size_t)offset;
  memcpy(buffer, content->bytes + offset, size);
  return (int)size;
}

static int do_write(const char *path, const char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  if (is_switch(path)) return write_switch(buffer, size);
  CHANGES;
  Node *node = node_of(path, info);
  size_t start = info->flags & O_APPEND ? node->now.size : (size_t)offset, end = start + size;
  if (end > node->now.size) set_size(node, end);
  memcpy(node->now.bytes + start, buffer, size);
  touch(node, start, end);
  if (info->flags & (O_SYNC | O_DSYNC)) sync_node(node);
  return (int)size;
}

static int do_fsync(const char *path, int data_only, struct fuse_file_info *info) {
  (void)data_only;
  if (is_switch(path)) return 0;
  CHANGES;
  Node *node = node_of(path, info);
  if (node) sync_node(node);
  return 0;
}

static int do_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                      struct fuse_file_info *info, enum fuse_readdir_flags flags) {
  (void)offset, (void)info, (void)flags;
  READS;
  Node *node = at_path(path);
  if (!node) return -ENOENT;
  fill(buffer, ".", NULL, 0, 0);
  fill(buffer, "..", NULL, 0, 0);
  for (Entry *entry = node->now_names; entry; entry = entry->next) fill(buffer, entry->name, NULL, 0, 0);
  return 0;
}

static int do_opendir(const char *path, struct fuse_file_info *info) {
  (void)info;
  READS;
  return at_path(path) ? 0 : -ENOENT;
}

static int do_fsyncdir(const char *path, int data_only, struct fuse_file_info *info) {
  (void)data_only, (void)info;
  CHANGES;
  Node *node = path ? at_path(path) : NULL;
  if (!node) return -ENOENT;
  sync_node(node);
  return 0;
}

static int do_statfs(const char *path, struct statvfs *found) {
  (void)path;
  READS;
  *found = (struct statvfs){.f_bsize = PAGE, .f_frsize = PAGE, .f_blocks = 1u << 22, .f_bfree = 1u << 21,
                            .f_bavail = 1u << 21, .f_files = 1u << 20, .f_ffree = 1u << 19, .f_namemax = 255};
  return 0;
}

static void *do_init(struct fuse_conn_info *connection, struct fuse_config *config) {
  (void)connection;
  config->use_ino = 1;
  config->hard_remove = 1; /* a file that is open may lose its name */
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  return NULL;
}

static const struct fuse_operations calls = {
    .init = do_init, .getattr = do_getattr, .mkdir = do_mkdir, .mknod = do_mknod,
    .symlink = do_symlink, .readlink = do_readlink, .unlink = do_unlink, .rmdir = do_rmdir,
    .rename = do_rename, .link = do_link, .chmod = do_chmod, .chown = do_chown,
    .utimens = do_utimens, .truncate = do_truncate, .fallocate = do_fallocate, .open = do_open,
    .create = do_create, .release = do_release, .read = do_read, .write = do_write,
    .fsync = do_fsync, .opendir = do_opendir, .readdir = do_readdir, .fsyncdir = do_fsyncdir,
    .statfs = do_statfs,
};

int main(int count, char **arguments) {
  umask(0);
  root = new_node(S_IFDIR | 0755);
  return fuse_main(count, arguments, &calls, NULL);
}
