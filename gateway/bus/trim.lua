-- Forgets a lane's events up to and with a position.
-- KEYS: the stream. ARGV: the position's two halves, and the first position behind it.
-- A position behind the stream's last entry is from before this Redis lost its data: then nothing here has been handled by it.
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if #last == 0 then
    return 0
end
local ms, seq = string.match(last[1][1], '(%d+)-(%d+)')
local upto_ms, upto_seq = tonumber(ARGV[1]), tonumber(ARGV[2])
if upto_ms > tonumber(ms) or (upto_ms == tonumber(ms) and upto_seq > tonumber(seq)) then
    return 0
end
return redis.call('XTRIM', KEYS[1], 'MINID', ARGV[3])
