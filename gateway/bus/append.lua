-- Appends a batch of events to one lane; each is accepted whole or not at all.
-- KEYS: the lane's stream, then one key per event that makes a repeat known.
-- ARGV: how many events may wait, how long a key is kept (ms), this call's nonce, the lane's number, then the events.
-- Returns per event: 1 durable, 0 a repeat, -1 the lane is full. The same call made again (its answer was lost) finds its own nonce
-- under the keys and returns 1 for what it had appended itself. The lane's number is called out to those who wait for it.
local room = tonumber(ARGV[1]) - redis.call('XLEN', KEYS[1])
local outcomes = {}
for number = 2, #KEYS do
    local mine = ARGV[3] .. ':' .. number
    local known = redis.call('GET', KEYS[number])
    if known == mine then
        redis.call('PEXPIRE', KEYS[number], ARGV[2])
        outcomes[number - 1] = 1
    elseif known then
        redis.call('PEXPIRE', KEYS[number], ARGV[2]) -- a write: so whoever waits for a replica waits for the first copy too
        outcomes[number - 1] = 0
    elseif room <= 0 then
        outcomes[number - 1] = -1
    else
        redis.call('XADD', KEYS[1], '*', 'e', ARGV[number + 3])
        redis.call('SET', KEYS[number], mine, 'PX', ARGV[2])
        outcomes[number - 1] = 1
        room = room - 1
    end
end
redis.call('PUBLISH', 'fd:wake', ARGV[4])
return outcomes
