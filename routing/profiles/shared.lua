-- What our three profiles add to those of the OSRM wheel.

local shared = {}

-- A setting in km/h, from the environment; routing/network.py sets it.
function shared.speed(name)
  return assert(tonumber(os.getenv(name)), name .. " is not set")
end

-- Multiply every speed of a table, and of the tables in it.
function shared.scale(speeds, factor)
  for key, value in pairs(speeds) do
    if type(value) == "table" then
      shared.scale(value, factor)
    else
      speeds[key] = value * factor
    end
  end
end

-- Classes that the turn list names; they take the place of the base profile's,
-- for a profile may declare seven at most.
shared.classes = { "bridge", "steps", "dike", "ferry" }

local function told(way, key)
  local value = way:get_value_by_key(key)
  return value and value ~= "" and value ~= "no"
end

local function classes_of(way)
  local dike = way:get_value_by_key("embankment") == "dyke" or way:get_value_by_key("man_made") == "dyke"
  return {
    bridge = told(way, "bridge"),
    steps = way:get_value_by_key("highway") == "steps",
    dike = dike or told(way, "embankment"),
    ferry = way:get_value_by_key("route") == "ferry",
  }
end

function shared.add_classes(way, result)
  for class, holds in pairs(classes_of(way)) do
    if holds then
      result.forward_classes[class] = true
      result.backward_classes[class] = true
    end
  end
end

-- A way without a name goes by its kind and number. Left empty, OSRM would carry
-- a street's name on over the nameless ways behind it and take two of them for one.
function shared.name_by_kind(way, result)
  if not result.name or result.name == "" then
    local kind = way:get_value_by_key("highway") or way:get_value_by_key("route") or ""
    result.name = "\t" .. kind .. "\t" .. way:id()
  end
end

-- The base profile with its setup changed, the classes and the kinds added.
function shared.wrap(base, change)
  local wrapped = {}
  for key, value in pairs(base) do
    wrapped[key] = value
  end
  wrapped.setup = function()
    local profile = base.setup()
    change(profile)
    profile.excludable = {}
    profile.classes = shared.classes
    return profile
  end
  wrapped.process_way = function(profile, way, result, relations)
    base.process_way(profile, way, result, relations)
    shared.add_classes(way, result)
    shared.name_by_kind(way, result)
  end
  return wrapped
end

return shared
