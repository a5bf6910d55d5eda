package bus

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"yilian"
)

const (
	redisTimeout = 2 * time.Second // for one request, and for a new subscription to take hold
	redisPrefix  = "yilian"
)

// Redis is the bus between several processes. Each has one connection that listens for all its subscribers.
type Redis struct {
	client *redis.Client
	prefix string
	log    *slog.Logger
	hub    *hub
	line   *line
	stop   context.CancelFunc
	tasks  sync.WaitGroup
}

var _ Bus = (*Redis)(nil)

// NewRedis connects to redis://[USER:PASSWORD@]HOST:PORT/DB[?prefix=NAME]. Installations that share a server have each a prefix of
// their own; without one it is "yilian".
func NewRedis(ctx context.Context, address string, log *slog.Logger) (*Redis, error) {
	options, prefix, err := redisOptions(address)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r := &Redis{client: redis.NewClient(options), prefix: prefix, log: log, hub: newHub()}
	if err := r.Ping(ctx); err != nil {
		_ = r.client.Close()
		return nil, err
	}
	r.line = newLine(r)
	r.hub.quiet = r.line.drop
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.stop = stop
	r.tasks.Go(func() { r.line.run(background) })
	return r, nil
}

func redisOptions(address string) (*redis.Options, string, error) {
	wrong := func(why string) error { // without the address: it may hold a password
		return yilian.Errorf(yilian.Invalid, "bus.settings", "The address of Redis is wrong: %s.", why)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, "", wrong("it is not a URL")
	}
	q := u.Query()
	prefix := q.Get("prefix")
	if prefix == "" {
		prefix = redisPrefix
	}
	q.Del("prefix") // not one of the client's
	u.RawQuery = q.Encode()
	options, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, "", wrong("redis://HOST:PORT/DB is expected")
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = redisTimeout, redisTimeout, redisTimeout
	options.DialerRetries, options.MaxRetries = 1, 1
	options.ContextTimeoutEnabled = true
	options.ClientName = "yilian"
	return options, prefix, nil
}

// fault gives an error of Redis the form that callers know.
func (r *Redis) fault(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := yilian.Errorf(yilian.Unavailable, "bus.unavailable", "The link between the service's nodes is interrupted. Please try again.")
	e.Err = fmt.Errorf("%s: %w", doing, err)
	return e
}

// key names something in Redis. The braces keep the keys of one script together should the server be a cluster.
func (r *Redis) key(kind, name string) string { return r.prefix + ":" + kind + ":{" + name + "}" }

func (r *Redis) channel(topic string) string { return r.prefix + ":" + topic }

// run runs a script; the client itself looks at a context's deadline only.
func (r *Redis) run(ctx context.Context, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	if err := ctx.Err(); err != nil {
		cmd := redis.NewCmd(ctx)
		cmd.SetErr(err)
		return cmd
	}
	return script.Run(ctx, r.client, keys, args...)
}

// Publish implements Bus.
func (r *Redis) Publish(ctx context.Context, topic string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.fault(ctx, "publish", r.client.Publish(ctx, r.channel(topic), data).Err())
}

// Subscribe implements Bus. It waits a little for Redis to confirm; without an answer the subscription takes hold when Redis is back.
func (r *Redis) Subscribe(ctx context.Context, topic string) (<-chan []byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	messages := r.hub.subscribe(ctx, topic)
	if topic != Gap {
		r.line.add(ctx, topic)
	}
	return messages, ctx.Err()
}

// Moments are taken from Redis, so the clocks of the nodes do not matter.
var (
	touchScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
return 1`)

	membersScript = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], gone)
  redis.call('HDEL', KEYS[2], gone)
end
return redis.call('HGETALL', KEYS[2])`)

	removeScript = redis.NewScript(`
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
return 1`)

	// A fence is the moment in microseconds, or one more than the last: it also grows when Redis has lost everything.
	acquireScript = redis.NewScript(`
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence')
if held[1] and held[1] ~= ARGV[1] then return {held[2], held[1]} end
if not held[1] then
  local t = redis.call('TIME')
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  held[2] = string.format('%.0f', math.max(t[1] * 1000000 + t[2], last + 1))
  redis.call('SET', KEYS[2], held[2], 'EX', 86400)
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', held[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return {held[2], ARGV[1]}`)

	renewScript = redis.NewScript(`
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[3])`)

	releaseScript = redis.NewScript(`
local held = redis.call('HMGET', KEYS[1], 'owner', 'fence')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])`)
)

func (r *Redis) setKeys(set string) []string {
	return []string{r.key("until", set), r.key("present", set)}
}

func millis(d time.Duration) int64 { return max(d.Milliseconds(), 1) }

// Touch implements Bus.
func (r *Redis) Touch(ctx context.Context, set, member string, data []byte, ttl time.Duration) error {
	return r.fault(ctx, "touch", r.run(ctx, touchScript, r.setKeys(set), member, data, millis(ttl)).Err())
}

// Members implements Bus.
func (r *Redis) Members(ctx context.Context, set string) (map[string][]byte, error) {
	pairs, err := r.run(ctx, membersScript, r.setKeys(set)).StringSlice()
	if err != nil {
		return nil, r.fault(ctx, "members", err)
	}
	members := make(map[string][]byte, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		members[pairs[i]] = []byte(pairs[i+1])
	}
	return members, nil
}

// Remove implements Bus.
func (r *Redis) Remove(ctx context.Context, set, member string) error {
	return r.fault(ctx, "remove", r.run(ctx, removeScript, r.setKeys(set), member).Err())
}

// Acquire implements Bus.
func (r *Redis) Acquire(ctx context.Context, name, owner string, ttl time.Duration) (fence int64, holder string, err error) {
	answer, err := r.run(ctx, acquireScript, []string{r.key("lease", name), r.key("fence", name)}, owner, millis(ttl)).StringSlice()
	if err != nil {
		return 0, "", r.fault(ctx, "acquire", err)
	}
	fence, err = strconv.ParseInt(answer[0], 10, 64)
	return fence, answer[1], r.fault(ctx, "acquire", err)
}

// Renew implements Bus.
func (r *Redis) Renew(ctx context.Context, name, owner string, fence int64, ttl time.Duration) error {
	ok, err := r.run(ctx, renewScript, []string{r.key("lease", name)}, owner, fence, millis(ttl)).Bool()
	if err == nil && !ok {
		return errLost()
	}
	return r.fault(ctx, "renew", err)
}

// Release implements Bus.
func (r *Redis) Release(ctx context.Context, name, owner string, fence int64) error {
	return r.fault(ctx, "release", r.run(ctx, releaseScript, []string{r.key("lease", name)}, owner, fence).Err())
}

// Dropped implements Bus.
func (r *Redis) Dropped() uint64 { return r.hub.dropped.Load() }

// Ping implements Bus.
func (r *Redis) Ping(ctx context.Context) error {
	return r.fault(ctx, "ping", r.client.Ping(ctx).Err())
}

// Close implements Bus.
func (r *Redis) Close() error {
	r.stop()
	r.tasks.Wait()
	r.hub.close()
	if err := r.client.Close(); err != nil {
		return fmt.Errorf("close the bus: %w", err)
	}
	return nil
}
