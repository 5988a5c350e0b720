-- On foot: the wheel's profile at our walking speed.

api_version = 4

package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. os.getenv("FIELDMAP_PROFILES") .. "/?.lua;" .. package.path
local shared = require("shared")

return shared.wrap(require("foot"), function(profile)
  local factor = shared.speed("FIELDMAP_WALK_KMH") / profile.default_speed
  shared.scale(profile.speeds, factor)
  shared.scale(profile.surface_speeds, factor)
  profile.default_speed = profile.default_speed * factor
end)
