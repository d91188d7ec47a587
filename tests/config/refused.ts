/**
 * Configurations that redis-server 7.2.6 refuses, and in which words.
 *
 * `files` stand beside the configuration; /nonexistent does not exist.
 */

/** One refused configuration. */
export interface Refused {
  readonly conf: string;
  /** The line that the error names, 0 for none. */
  readonly line: number;
  /** That line as shown; undefined when it is the configuration's own, trimmed. */
  readonly shown?: string;
  readonly error: string;
}

/** Files for the includes. */
export const INCLUDED_FILES: Readonly<Record<string, string>> = {
  "nested.conf": "\n\nport x\n",
  "inc1.conf": "port 7\n",
  "inc2.conf": "port y",
};

export const REFUSED: readonly Refused[] = [
  { conf: "foo bar", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "port", line: 1, error: "wrong number of arguments" },
  { conf: "port 1 2", line: 1, error: "wrong number of arguments" },
  { conf: "port abc", line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: "port 65536", line: 1, error: "argument must be between 0 and 65535 inclusive" },
  { conf: "port -1", line: 1, error: "argument must be between 0 and 65535 inclusive" },
  { conf: "appendonly maybe", line: 1, error: "argument must be 'yes' or 'no'" },
  { conf: "appendonly", line: 1, error: "wrong number of arguments" },
  {
    conf: "APPENDFSYNC sometimes",
    line: 1,
    error: "argument(s) must be one of the following: everysec, always, no",
  },
  { conf: "appendfsync always no", line: 1, error: "wrong number of arguments" },
  { conf: 'requirepass "abc', line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: "requirepass 'abc", line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: 'requirepass "abc"d', line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: "requirepass 'a'b", line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: 'requirepass "a\\"', line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: '"port" "x"', line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: "  port   x  ", line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: '\tport\t"1 2"', line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: "# c\n\n  \nport 1\nbad", line: 5, error: "Bad directive or wrong number of arguments" },
  { conf: "maxmemory 1xb", line: 1, error: "argument must be a memory value" },
  { conf: "maxmemory -1", line: 1, error: "argument must be a memory value" },
  { conf: "maxmemory-clients 101%", line: 1, error: "percentage argument must be less or equal to 100" },
  { conf: "maxmemory-clients x%", line: 1, error: "argument must be a memory or percent value" },
  { conf: "maxmemory-clients -5", line: 1, error: "argument must be a memory or percent value" },
  { conf: "unixsocketperm 888", line: 1, error: "argument couldn't be parsed as an octal number" },
  { conf: "unixsocketperm 1000", line: 1, error: "argument must be between 0 and 777 inclusive" },
  { conf: "unixsocketperm -1", line: 1, error: "argument must be between 0 and 777 inclusive" },
  { conf: "hz x", line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: "save 1", line: 1, error: "Invalid save parameters" },
  { conf: "save 0 1", line: 1, error: "Invalid save parameters" },
  { conf: "save 60 -1", line: 1, error: "Invalid save parameters" },
  { conf: "save 60 1 2", line: 1, error: "Invalid save parameters" },
  { conf: "save a b", line: 1, error: "Invalid save parameters" },
  { conf: 'save "60"', line: 1, error: "Invalid save parameters" },
  { conf: "save 60 1x", line: 1, error: "Invalid save parameters" },
  {
    conf: "client-output-buffer-limit normal 0 0",
    line: 1,
    error: "Wrong number of arguments in buffer limit configuration.",
  },
  {
    conf: "client-output-buffer-limit foo 0 0 0",
    line: 1,
    error: "Invalid client class specified in buffer limit configuration.",
  },
  {
    conf: "client-output-buffer-limit master 0 0 0",
    line: 1,
    error: "Invalid client class specified in buffer limit configuration.",
  },
  {
    conf: "client-output-buffer-limit normal a 0 0",
    line: 1,
    error: "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
  },
  {
    conf: "client-output-buffer-limit normal 0 0 -1",
    line: 1,
    error: "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
  },
  {
    conf: "client-output-buffer-limit normal 0 0 5x",
    line: 1,
    error: "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
  },
  { conf: "oom-score-adj-values 1 2", line: 1, error: "wrong number of arguments" },
  {
    conf: "oom-score-adj-values 1 2 3000",
    line: 1,
    error: "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
  },
  {
    conf: "oom-score-adj-values a b c",
    line: 1,
    error: "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
  },
  {
    conf: "notify-keyspace-events q",
    line: 1,
    error: "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
  },
  { conf: "notify-keyspace-events", line: 1, error: "wrong number of arguments" },
  { conf: "notify-keyspace-events a b", line: 1, error: "wrong number of arguments" },
  { conf: `bind ${"1.1.1.1 ".repeat(17)}`, line: 1, error: "Too many bind addresses specified." },
  { conf: "replicaof a", line: 1, error: "wrong number of arguments" },
  { conf: "replicaof a b", line: 1, error: "Invalid master port" },
  { conf: "replicaof a 70000", line: 1, error: "Invalid master port" },
  { conf: "slaveof a -1", line: 1, error: "Invalid master port" },
  {
    conf: "latency-tracking-info-percentiles a",
    line: 1,
    error: "Invalid latency-tracking-info-percentiles parameters",
  },
  {
    conf: "latency-tracking-info-percentiles 101",
    line: 1,
    error: "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
  },
  {
    conf: "shutdown-on-sigint save nosave",
    line: 1,
    error: "shutdown options SAVE and NOSAVE can't be used simultaneously",
  },
  {
    conf: "shutdown-on-sigterm foo",
    line: 1,
    error: "argument(s) must be one of the following: default, save, nosave, now, force",
  },
  {
    conf: "shutdown-on-sigterm",
    line: 1,
    error: "argument(s) must be one of the following: default, save, nosave, now, force",
  },
  {
    conf: 'shutdown-on-sigterm "save nosave"',
    line: 1,
    error: "shutdown options SAVE and NOSAVE can't be used simultaneously",
  },
  { conf: "dbfilename a/b", line: 1, error: "dbfilename can't be a path, just a filename" },
  { conf: 'appendfilename ""', line: 1, error: "appendfilename can't be empty" },
  { conf: "appendfilename a/b", line: 1, error: "appendfilename can't be a path, just a filename" },
  { conf: 'appenddirname ""', line: 1, error: "appenddirname can't be empty" },
  { conf: "appenddirname x\\\\y", line: 1, error: "appenddirname can't be a path, just a dirname" },
  { conf: "appenddirname x/y", line: 1, error: "appenddirname can't be a path, just a dirname" },
  {
    conf: "proc-title-template {foo}",
    line: 1,
    error: "template format is invalid or contains unknown variables",
  },
  {
    conf: 'proc-title-template ""',
    line: 1,
    error: "template format is invalid or contains unknown variables",
  },
  {
    conf: "cluster-announce-hostname a_b",
    line: 1,
    error: "Hostnames may only contain alphanumeric characters, hyphens or dots",
  },
  {
    conf: "cluster-announce-human-nodename a$b",
    line: 1,
    error: "Announced human node name contained invalid character",
  },
  {
    conf: `cluster-announce-hostname ${"a".repeat(256)}`,
    line: 1,
    error: "Hostnames must be less than 256 characters",
  },
  { conf: "include", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "include a b", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "rename-command GET", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "rename-command NOSUCH x", line: 1, error: "No such command in rename-command" },
  { conf: "user", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "user foo badrule", line: 1, error: "Error in user declaration 'user': Syntax error" },
  { conf: "loadmodule", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "mod.x", line: 1, error: "Module config specified without value" },
  { conf: "sentinel monitor a", line: 1, error: "sentinel directive while not in sentinel mode" },
  { conf: "dir /nonexistent", line: 1, error: "No such file or directory" },
  { conf: "dir", line: 1, error: "wrong number of arguments" },
  { conf: "dir a b", line: 1, error: "wrong number of arguments" },
  {
    conf: "include nested.conf",
    line: 3,
    shown: "port x",
    error: "argument couldn't be parsed into an integer",
  },
  { conf: "include empty/*.conf\nfoo", line: 2, error: "Bad directive or wrong number of arguments" },
  {
    conf: "include inc*.conf",
    line: 2,
    shown: "port y",
    error: "argument couldn't be parsed into an integer",
  },
  {
    conf: "cluster-enabled yes\nreplicaof a 1",
    line: 0,
    error: "replicaof directive not allowed in cluster mode",
  },
  { conf: "logfile /nonexistent/x", line: 0, error: "Can't open the log file: No such file or directory" },
  {
    conf: "loglevel loud",
    line: 1,
    error: "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
  },
  { conf: "io-threads 0", line: 1, error: "argument must be between 1 and 128 inclusive" },
  { conf: "databases 0", line: 1, error: "argument must be between 1 and 2147483647 inclusive" },
  { conf: "tcp-keepalive -1", line: 1, error: "argument must be between 0 and 2147483647 inclusive" },
  { conf: "list-max-ziplist-entries 1 2", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "lua-replicate-commands a b", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "lua-replicate-commands", line: 1, error: "Bad directive or wrong number of arguments" },
  { conf: "maxclients 0", line: 1, error: "argument must be between 1 and 4294967295 inclusive" },
  { conf: "maxclients 4294967296", line: 1, error: "argument must be between 1 and 4294967295 inclusive" },
  {
    conf: "oom-score-adj foo",
    line: 1,
    error: "argument(s) must be one of the following: no, yes, relative, absolute",
  },
  {
    conf: "maxmemory-policy lru",
    line: 1,
    error:
      "argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction",
  },
  {
    conf: "repl-backlog-size 0",
    line: 1,
    error: "argument must be between 1 and 9223372036854775807 inclusive",
  },
  { conf: "active-expire-effort 11", line: 1, error: "argument must be between 1 and 10 inclusive" },
  { conf: "tls-port 70000", line: 1, error: "argument must be between 0 and 65535 inclusive" },
  {
    conf: "slowlog-log-slower-than -2",
    line: 1,
    error: "argument must be between -1 and 9223372036854775807 inclusive",
  },
  {
    conf: "list-max-listpack-size 2147483648",
    line: 1,
    error: "argument must be between -2147483648 and 2147483647 inclusive",
  },
  {
    conf: "proto-max-bulk-len 1",
    line: 1,
    error: "argument must be between 1048576 and 9223372036854775807 inclusive",
  },
  { conf: "rdb-key-save-delay x", line: 1, error: "argument couldn't be parsed into an integer" },
  { conf: "requirepass a b", line: 1, error: "wrong number of arguments" },
  { conf: "\u000bport 1\nfoo", line: 2, error: "Bad directive or wrong number of arguments" },
  { conf: 'port "\\x31x"', line: 1, error: "argument couldn't be parsed into an integer" },
  {
    conf: "user default on nopass extra\nfoo",
    line: 1,
    error: "Error in user declaration 'on': Syntax error",
  },
  {
    conf: "enable-debug-command maybe",
    line: 1,
    error: "argument(s) must be one of the following: no, yes, local",
  },
  {
    conf: "acl-pubsub-default x",
    line: 1,
    error: "argument(s) must be one of the following: allchannels, resetchannels",
  },
  { conf: 'save "60 1', line: 1, error: "Unbalanced quotes in configuration line" },
  { conf: 'save "60 \\"1"\nx', line: 2, error: "Bad directive or wrong number of arguments" },
];
