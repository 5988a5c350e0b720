-- By e-bike: the wheel's bicycle, faster on every road; pushed where it must be.

api_version = 4

package.path = os.getenv("OSRM_PROFILES") .. "/?.lua;" .. os.getenv("FIELDMAP_PROFILES") .. "/?.lua;" .. package.path
local shared = require("shared")

return shared.wrap(require("bicycle"), function(profile)
  local speed = shared.speed("FIELDMAP_EBIKE_KMH")
  local factor = speed / profile.default_speed
  shared.scale(profile.bicycle_speeds, factor)
  -- An asphalt tag caps the speed as well as the kind of road does.
  shared.scale(profile.surface_speeds, factor)
  profile.default_speed = speed
  profile.vehicle_max_speed = speed
end)
