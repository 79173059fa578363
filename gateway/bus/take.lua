-- Takes or renews a lease. KEYS: its holder, its last token. ARGV: the worker, for how long (ms).
-- Returns the token, or false while another worker holds it. A new holder's token is higher than any before, and at least the time:
-- so it does not go back either when Redis has lost its data.
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return tonumber(redis.call('GET', KEYS[2]))
end
if holder then
    return false
end
local time = redis.call('TIME')
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[2], string.format('%.0f', token))
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return token
