-- take_back_permit: deletes a permit of the caller, only if the stored bytes are those that it issued.
-- RUN BY: governor, position-brain
-- KEYS: permit
-- ARGV: bytes
-- REPLY: taken_back | gone
-- AT MAXMEMORY: allowed
if redis.pcall('GET', permit) ~= bytes then return { 'gone' } end
redis.call('DEL', permit)
return { 'taken_back' }
